#!/usr/bin/env bash
# All that is to be known of a GPU, in one command on a machine that has one; about 40 minutes on an H100 with 16 cores:
#
#     pip install -e '.[gpu]' && bash benchmarks/gpu.sh            # or: bash benchmarks/gpu.sh quick, about 3 minutes
#
# Results go to results/gpu: agreement with C MuJoCo, speeds, a hundred seeds of PPO with their figure, and whether GPU
# and CPU teach the same. DEVICE=warp-cpu tries the commands without a GPU. Every step goes on where it was stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
DEVICE=${DEVICE:-cuda}
OUT=${OUT:-results/gpu}
if [ "${1:-}" = quick ]; then
    ENVS=Hopper-v4 AGREEMENT=Hopper-v4,Ant-v5,Humanoid-v5 WORLDS=${WORLDS:-1024} LEARNERS=ppo STEPS=${STEPS:-65536} SEEDS=4 HUNDRED=${HUNDRED:-10}
else
    ENVS=Hopper-v4,HalfCheetah-v4,Walker2d-v4,Ant-v4,Humanoid-v4 WORLDS=1024,4096,6400,16384
    LEARNERS=ppo,trpo,trpo-vine STEPS=1M SEEDS=20 HUNDRED=100
fi
mkdir -p "$OUT"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv 2>/dev/null | tee "$OUT/gpu.txt" || true

python benchmarks/gpu_agreement.py --device "$DEVICE" ${AGREEMENT:+--env "$AGREEMENT"} --out "$OUT/agreement.csv"
python benchmarks/gpu_speed.py --device "$DEVICE" --env $ENVS --worlds $WORLDS --learners $LEARNERS --out "$OUT/speed.csv"

began=$(date +%s)
rlbench run ppo --env Hopper-v4 --seeds "$HUNDRED" --num-envs 64 --set num_steps=32 --steps $STEPS --device "$DEVICE" --out "$OUT/hundred"
echo "$HUNDRED seeds of PPO, $STEPS transitions each: $(($(date +%s) - began)) s" | tee "$OUT/hundred.txt"
rlbench plot "$OUT/hundred"

for device in cpu "$DEVICE"; do
    rlbench run ppo trpo --env Hopper-v4 --env HalfCheetah-v4 --seeds $SEEDS --steps $STEPS --device "$device" --out "$OUT/$device"
done
python benchmarks/gpu_intervals.py "$OUT/cpu" "$OUT/$DEVICE" | tee "$OUT/intervals.txt"
