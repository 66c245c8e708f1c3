"""Joints of a body to numbers that do not hang on where it stands, how large it is and where it looks."""

import torch
from torch import Tensor, nn

from recurra.nn.encoders.skeleton_layout import SKELETON_LAYOUTS, SkeletonLayout

FEATURES = ("joints", "bones", "motion")


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
        kinds: tuple[str, ...] = FEATURES,
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
        unknown = set(kinds) - set(FEATURES)
        if unknown or not kinds:
            raise ValueError(f"kinds: expected some of {', '.join(FEATURES)}, got {kinds}")
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

    def forward(self, x: Tensor) -> Tensor:
        """Bring joints (B, T, J, D), NaN where they are missing, to features (B, T, F)."""
        expected = (len(self.layout.joints), self.dimensions)
        if x.dim() != 4 or tuple(x.shape[2:]) != expected:
            raise ValueError(f"skeleton: expected (B, T, {expected[0]}, {expected[1]}), got {tuple(x.shape)}")
        missing = x.isnan().any(-1)  # (B, T, J)
        body = self._normalized(last_seen(x, missing))  # (B, T, J, D), whose origin is the first frame's centre
        centre = body[:, :, list(self.layout.centre)].mean(2, keepdim=True)  # (B, T, 1, D)
        parts = []
        if "joints" in self.kinds:
            parts.append(self._joints(body, centre))
        if "bones" in self.kinds:
            parts.append(self._bones(body))
        if "motion" in self.kinds:
            parts += [since(body, lag) for lag in self.lags]
        features = [part.flatten(2) for part in parts]
        return torch.cat([*features, missing.to(x.dtype)], -1)

    def _normalized(self, x: Tensor) -> Tensor:
        """Centre by the first frame, scale by the torso, turn to the front: (B, T, J, D), no NaN in it."""
        unseen = x.isnan()
        centre = x[:, :, list(self.layout.centre)].nanmean(2)  # (B, T, D)
        centre = torch.where(centre.isnan(), x.nanmean(2), centre)
        torso = x[:, :, list(self.layout.torso)].nanmean(2)
        length = running_mean((torso - centre).norm(dim=-1))  # (B, T)
        length = torch.where(length.isnan() | (length == 0), 1.0, length)
        first = first_known(centre)  # (B, T, D)
        x = torch.where(unseen, centre.unsqueeze(2), x)
        body = torch.nan_to_num(x - first.unsqueeze(2)) / length[..., None, None]
        return self._turned(body, unseen) if self.dimensions == 3 else body

    def _turned(self, body: Tensor, unseen: Tensor) -> Tensor:
        """Turn about the vertical axis so that the body's right, at the first frames, is the axis x."""
        known = body.masked_fill(unseen, torch.nan)
        across = [known[:, :, right] - known[:, :, left] for right, left in self.layout.across]
        vector = torch.stack(across, 2).nanmean(2)  # (B, T, 3)
        frames = torch.arange(body.shape[1], device=body.device).clamp(max=self.front_frames - 1)
        vector = running_mean(vector)[:, frames]
        x, z = vector[..., 0], vector[..., 2]  # (B, T)
        norm = (x.square() + z.square()).sqrt()
        unknown = norm.isnan() | (norm == 0)
        cosine = torch.where(unknown, 1.0, x / norm)[..., None]  # (B, T, 1)
        sine = torch.where(unknown, 0.0, z / norm)[..., None]
        side, height, depth = body.unbind(-1)  # (B, T, J) each
        return torch.stack([cosine * side + sine * depth, height, cosine * depth - sine * side], -1)

    def _joints(self, body: Tensor, centre: Tensor) -> Tensor:
        """Joints seen from the centre; in the place of a centre that is a joint, its own way since the first frame."""
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


def since(x: Tensor, lag: int) -> Tensor:
    """How much x (B, T, ...) has changed since `lag` steps before; since the first step where there is none before."""
    steps = torch.arange(x.shape[1], device=x.device)
    return x - x[:, (steps - lag).clamp(min=0)]


def last_seen(x: Tensor, missing: Tensor) -> Tensor:
    """Put for joints (B, T, J, D) that are missing (B, T, J) where they were last; NaN where they never were."""
    steps = torch.arange(x.shape[1], device=x.device)[None, :, None].expand_as(missing)
    seen = steps.masked_fill(missing, -1).cummax(1).values  # (B, T, J): the last step at which it was there
    filled = x.gather(1, seen.clamp(min=0).unsqueeze(-1).expand_as(x))
    return filled.masked_fill((seen < 0).unsqueeze(-1), torch.nan)


def first_known(x: Tensor) -> Tensor:
    """What x (B, T, D) was at the first step at which it was known, at every step from there on; before, NaN."""
    known = ~x.isnan().any(-1)  # (B, T)
    first = known.to(torch.int64).argmax(1)  # (B,)
    value = x.gather(1, first[:, None, None].expand(-1, 1, x.shape[2]))  # (B, 1, D)
    return torch.where(known.cumsum(1).unsqueeze(-1) > 0, value, torch.nan)


def running_mean(x: Tensor) -> Tensor:
    """Mean over the steps so far of (B, T, ...), without what is NaN; NaN before the first that is known."""
    known = ~x.isnan()
    return torch.nan_to_num(x).cumsum(1) / known.cumsum(1)
