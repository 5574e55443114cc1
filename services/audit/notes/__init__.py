"""Signed notes of C2SP: keys, checkpoints, cosignatures, and whose signatures count."""
