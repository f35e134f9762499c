"""Point: a puck on a table is pushed to a goal, and falls if it leaves the table."""

from rlbench.envs.tasks.arrays import control_cost, norms
from rlbench.envs.tasks.task import Task

MODEL = """
<mujoco model="point">
  <option timestep="0.01"/>
  <worldbody>
    <light pos="0 0 3"/>
    <geom type="box" size="1 1 .05" pos="0 0 -.05" rgba=".8 .8 .8 1" contype="0" conaffinity="0"/>
    <site name="goal" pos=".5 .5 .05" size=".08" rgba="0 .7 0 .5"/>
    <body name="puck" pos="0 0 .05">
      <joint name="x" type="slide" axis="1 0 0" damping=".5"/>
      <joint name="y" type="slide" axis="0 1 0" damping=".5"/>
      <geom type="cylinder" size=".08 .05" mass="1" rgba=".8 .1 .1 1" contype="0" conaffinity="0"/>
    </body>
  </worldbody>
  <actuator>
    <motor joint="x" ctrlrange="-1 1" ctrllimited="true" gear="3"/>
    <motor joint="y" ctrlrange="-1 1" ctrllimited="true" gear="3"/>
  </actuator>
</mujoco>
"""


def start(generator, count, qpos, qvel):
    """The puck at rest, anywhere in the middle of the table."""
    positions = qpos + generator.uniform(-0.5, 0.5, (count, 2))
    return positions, qvel + generator.uniform(-0.01, 0.01, (count, 2))


def prepare(f, model):
    """Called once: what the functions below use at every step. f.qpos is [W, 2], a row for each world."""
    f.goal = f.constant(model.site("goal").pos[:2])


def observe(f):
    """Where the goal is from the puck, and how fast the puck is."""
    return f.goal - f.qpos, f.qvel


def terminated(f):
    """The puck has left the table."""
    return (abs(f.qpos) > 1.0).any(1)


def reward(f, before, action, terminated):
    """Nearness to the goal, less the effort; falling costs 10."""
    return 1.0 - norms(f.goal - f.qpos) - control_cost(action, 0.01) - 10.0 * terminated


POINT = Task(
    id="Point-v0",
    xml=MODEL,
    frame_skip=4,
    start=start,
    prepare=prepare,
    observe=observe,
    terminated=terminated,
    reward=reward,
    max_episode_steps=200,
)
