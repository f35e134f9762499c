"""MuJoCo's own log."""

import mujoco


def silence_log() -> None:
    """Turn MuJoCo's own log off for this process.

    It would print a deprecation warning about one of Gymnasium's files and write MUJOCO_LOG.TXT into the user's folder,
    when a model is loaded and whenever a world becomes unstable.
    """
    log = mujoco.MjLogConfig.get()
    log.logto_file = log.logto_console = False
    log.set()
