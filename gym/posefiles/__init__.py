"""Poses as files, and the analyses that are kept."""

from gym.posefiles.npz import read_poses, write_poses

__all__ = ["read_poses", "write_poses"]
