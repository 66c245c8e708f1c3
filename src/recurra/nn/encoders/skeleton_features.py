"""Joints of a body to numbers that do not hang on where it stands, how large it is and where it looks."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from recurra.nn.encoders.running import RunningSum, fill_missing, running_mean, since
from recurra.nn.encoders.skeleton_layout import SKELETON_LAYOUTS, SkeletonLayout

SKELETON_FEATURES = ("joints", "bones", "motion")


class SkeletonState(NamedTuple):
    """What is known of a body from the frames so far.

    joints: where each was last, (B, J, D).
    first: the centre when it was first known, (B, D).
    length: of the torso.
    right: the body's right over the first frames; None in two dimensions.
    frames: how many frames there were.
    bodies: the last ones, (B, N, J, D), N the longest lag.
    """

    joints: Tensor
    first: Tensor
    length: RunningSum
    right: RunningSum | None
    frames: int
    bodies: Tensor


class SkeletonFeatures(nn.Module):
    """Joints, bones and their motion, of a body that is centred, scaled and turned to the front.

    At each frame the joints are seen from the body's centre, in lengths of its torso (their mean over the frames so
    far) and turned about the vertical axis by the angle that brings its right, over the first frames, to the axis x.
    The centre itself stands for how far it has moved since the first frame. Bones are the directions from parent to
    joint, of length 1; motion is how the joints moved since `lags` frames before, the centre's motion in it. All of it
    follows from the frame and those before, so that a stream has the features of the file. (Joints, bones and their
    motion: Shi et al., 2019, "Skeleton-Based Action Recognition With Directed Graph Neural Networks"; turned and
    centred: Shahroudy et al., 2016, "NTU RGB+D".)

    A joint that is missing (NaN) stays where it was last, or at the centre if it has never been seen, and is marked.

    Args:
        layout: by name ("kinect20", "kinect25", "coco17", "openpose18") or a `SkeletonLayout` of J joints.
        dimensions: coordinates of a joint, D: 2 or 3. Only in 3 the body is turned.
        kinds: which features, of "joints", "bones" and "motion".
        lags: frames over which motion is taken.
        front_frames: of how many first frames the body's right is the mean.

    `size` is the number of features F: J D for joints, (J - 1) D for bones, J D for each lag, and J marks.
    """

    def __init__(
        self,
        layout: str | SkeletonLayout = "kinect20",
        dimensions: int = 3,
        kinds: tuple[str, ...] = SKELETON_FEATURES,
        lags: tuple[int, ...] = (1, 2),
        front_frames: int = 5,
    ):
        super().__init__()
        if isinstance(layout, str):
            if layout not in SKELETON_LAYOUTS:
                raise ValueError(f"layout: expected one of {', '.join(SKELETON_LAYOUTS)}, got {layout!r}")
            layout = SKELETON_LAYOUTS[layout]
        if dimensions not in (2, 3):
            raise ValueError(f"dimensions: expected 2 or 3, got {dimensions}")
        unknown = set(kinds) - set(SKELETON_FEATURES)
        if unknown or not kinds:
            raise ValueError(f"kinds: expected some of {', '.join(SKELETON_FEATURES)}, got {kinds}")
        self.layout, self.dimensions, self.kinds, self.lags = layout, dimensions, tuple(kinds), tuple(lags)
        self.front_frames = front_frames

    @property
    def size(self) -> int:
        """Features of a frame, F."""
        joints = len(self.layout.joints)
        sizes = {
            "joints": joints * self.dimensions,
            "bones": len(self.layout.bones) * self.dimensions,
            "motion": len(self.lags) * joints * self.dimensions,
        }
        return sum(sizes[kind] for kind in self.kinds) + joints

    def forward(self, x: Tensor, state: SkeletonState | None = None) -> tuple[Tensor, SkeletonState]:
        """Bring joints (B, T, J, D), NaN where they are missing, to features (B, T, F).

        Args:
            x: all frames, or the next ones of a stream.
            state: what the last call returned; None at the start.
        """
        expected = (len(self.layout.joints), self.dimensions)
        if x.dim() != 4 or tuple(x.shape[2:]) != expected:
            raise ValueError(f"skeleton: expected (B, T, {expected[0]}, {expected[1]}), got {tuple(x.shape)}")
        body, state = self._normalized(x, state)  # (B, T, J, D)
        missing = x.isnan().any(-1)  # (B, T, J)
        parts = []
        if "joints" in self.kinds:
            parts.append(self._joints(body))
        if "bones" in self.kinds:
            parts.append(self._bones(body))
        if "motion" in self.kinds:
            parts += [since(body, lag, state.bodies) for lag in self.lags]
        features = [part.flatten(2) for part in parts]
        bodies = torch.cat([state.bodies, body], 1)[:, body.shape[1] :]
        return torch.cat([*features, missing.to(x.dtype)], -1), state._replace(bodies=bodies)

    def _normalized(self, x: Tensor, state: SkeletonState | None) -> tuple[Tensor, SkeletonState]:
        """Centre by the first frame, scale by the torso, turn to the front: (B, T, J, D), no NaN in it.

        The state that is returned has the bodies before these; before the first frame the body stood as in it.
        """
        missing = x.isnan().any(-1, keepdim=True)  # a joint without one coordinate
        joints = fill_missing(x.masked_fill(missing, torch.nan), state.joints if state else None)
        centre = joints[:, :, list(self.layout.centre)].nanmean(2)  # (B, T, D)
        centre = torch.where(centre.isnan(), joints.nanmean(2), centre)
        first = _first_known(centre, state.first if state else None)  # (B, T, D)
        torso = joints[:, :, list(self.layout.torso)].nanmean(2)
        length, lengths = running_mean((torso - centre).norm(dim=-1), state.length if state else None)  # (B, T)
        length = torch.where(length.isnan() | (length == 0), 1.0, length)
        placed = torch.where(joints.isnan(), centre.unsqueeze(2), joints)
        body = torch.nan_to_num(placed - first.unsqueeze(2)) / length[..., None, None]
        frames = state.frames if state else 0
        right = state.right if state else None
        if self.dimensions == 3:
            body, right = self._turned(body, joints, right, frames)
        before = state.bodies if state else body[:, :1].expand(-1, max(self.lags, default=0), -1, -1)
        return body, SkeletonState(joints[:, -1], first[:, -1], lengths, right, frames + x.shape[1], before)

    def _turned(self, body: Tensor, joints: Tensor, right: RunningSum | None, frames: int) -> tuple[Tensor, RunningSum]:
        """Turn about the vertical axis so that the body's right, at the first frames, is the axis x."""
        across = [joints[:, :, right] - joints[:, :, left] for right, left in self.layout.across]
        vector = torch.stack(across, 2).nanmean(2)  # (B, T, 3)
        vector[:, max(0, self.front_frames - frames) :] = torch.nan  # no more is learnt of the front
        vector, right = running_mean(vector, right)
        x, z = vector[..., 0], vector[..., 2]  # (B, T)
        norm = (x.square() + z.square()).sqrt()
        unknown = norm.isnan() | (norm == 0)
        cosine = torch.where(unknown, 1.0, x / norm)[..., None]  # (B, T, 1)
        sine = torch.where(unknown, 0.0, z / norm)[..., None]
        side, height, depth = body.unbind(-1)  # (B, T, J) each
        return torch.stack([cosine * side + sine * depth, height, cosine * depth - sine * side], -1), right

    def _joints(self, body: Tensor) -> Tensor:
        """Joints seen from the centre; in the place of a centre that is a joint, its own way since the first frame."""
        centre = body[:, :, list(self.layout.centre)].mean(2, keepdim=True)  # (B, T, 1, D)
        joints = body - centre
        if len(self.layout.centre) == 1:
            at = self.layout.centre[0]
            joints = torch.cat([joints[:, :, :at], centre, joints[:, :, at + 1 :]], 2)
        return joints

    def _bones(self, body: Tensor) -> Tensor:
        """Directions of the bones, (B, T, J - 1, D), of length 1, or 0 where both ends are at one point."""
        children = [joint for joint, _ in self.layout.bones]
        parents = [parent for _, parent in self.layout.bones]
        return nn.functional.normalize(body[:, :, children] - body[:, :, parents], dim=-1, eps=1e-6)

    def extra_repr(self) -> str:
        """Show what is taken of what."""
        return f"{len(self.layout.joints)} joints, {self.dimensions}, {', '.join(self.kinds)}, lags={self.lags}"


def _first_known(x: Tensor, first: Tensor | None) -> Tensor:
    """What x (B, T, D) was at the first step at which it was known, at every step from there on; before, NaN.

    first: what it was in an earlier piece of the stream, (B, D).
    """
    if first is not None:
        x = torch.cat([first.unsqueeze(1), x], 1)
    known = ~x.isnan().any(-1)  # (B, T)
    at = known.to(torch.int64).argmax(1)  # (B,)
    value = x.gather(1, at[:, None, None].expand(-1, 1, x.shape[2]))  # (B, 1, D)
    value = torch.where(known.cumsum(1).unsqueeze(-1) > 0, value, torch.nan)
    return value if first is None else value[:, 1:]
