#!/usr/bin/env bash
# Makes the reference results: every algorithm at its defaults on six MuJoCo tasks, ten seeds, a million transitions.
#
#     bash benchmarks/reference.sh              # all of it; days of two cores
#     bash benchmarks/reference.sh ppo npg      # these algorithms only
#     ENVS=Hopper-v4 bash benchmarks/reference.sh ppo
#
# Stopped, the same command goes on. Runs that are shipped already are not made again: to make them anew, after a change
# that can move their curves, delete their folders in results/reference first. CEM and CMA-ES come with linear policies too.
set -euo pipefail
cd "$(dirname "$0")/.."
WORK=${WORK:-build/reference}
KEPT=results/reference
ENVS=${ENVS:-HalfCheetah-v4,Hopper-v4,Walker2d-v4,Ant-v4,Swimmer-v4,InvertedPendulum-v4}
read -ra ALGORITHMS <<<"${*:-ppo npg trpo a2c acktr reinforce cem cma-es}"

mkdir -p "$WORK"
cp -r --update=none "$KEPT"/*-v4 "$WORK"/ 2>/dev/null || cp -rn "$KEPT"/*-v4 "$WORK"/
train() {
    rlbench run "$@" --env "$ENV" --seeds 10 --steps 1M --eval-every 100k --row-every 10k --device cpu --out "$WORK"
    python benchmarks/keep_results.py "$WORK" "$KEPT"
}
for ALGORITHM in "${ALGORITHMS[@]}"; do
    for ENV in ${ENVS//,/ }; do
        train "$ALGORITHM"
        case $ALGORITHM in
        cem | cma-es) train "$ALGORITHM" --name "$ALGORITHM-linear" --set hidden_sizes=none ;;
        esac
    done
done
rlbench check "$KEPT"
rlbench table "$KEPT" --against published
