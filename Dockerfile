# rlbench in a container, installed by the commands of docs/start.md. Results go to /home/rlbench/results:
#   docker build -t rlbench .
#   docker run --rm -v "$PWD/results:/home/rlbench/results" rlbench run trpo --env Hopper-v4 --seeds 5
FROM python:3.12-slim

RUN useradd --create-home rlbench
COPY . /opt/rlbench
RUN cd /opt/rlbench && pip install --no-cache-dir -c constraints.txt .

USER rlbench
WORKDIR /home/rlbench
RUN mkdir results && rlbench --version
ENTRYPOINT ["rlbench"]
CMD ["--help"]
