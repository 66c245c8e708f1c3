"""What the joints of a skeleton are: how they hang together, and which of them tell where the body is and looks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SkeletonLayout:
    """The joints of a skeleton, in the order in which a sensor gives them.

    Args:
        joints: their names.
        parents: of each joint the joint nearer to the centre that a bone joins it to; the centre is its own.
        centre: the joints whose mean is the body's centre, the hips.
        torso: the joints whose mean is the torso's upper end; from the centre to there is the unit of length.
        across: pairs (right, left) of joints that lie on a line across the body, shoulders and hips.
        mirrored: of each joint the same joint of the other side.
    """

    joints: tuple[str, ...]
    parents: tuple[int, ...]
    centre: tuple[int, ...]
    torso: tuple[int, ...]
    across: tuple[tuple[int, int], ...]
    mirrored: tuple[int, ...]

    @property
    def bones(self) -> list[tuple[int, int]]:
        """Pairs (joint, parent) of all bones."""
        return [(joint, parent) for joint, parent in enumerate(self.parents) if joint != parent]


def _layout(
    parents: dict[str, str], centre: tuple[str, ...], torso: tuple[str, ...], across: tuple[str, ...]
) -> SkeletonLayout:
    """Make a layout of joints by name; names begin with left_ or right_ where a joint has a twin."""
    names = list(parents)
    twins = {"left": "right", "right": "left"}
    mirrored = []
    for name in names:
        side, _, rest = name.partition("_")
        twin = f"{twins[side]}_{rest}" if side in twins else name
        mirrored.append(names.index(twin))
    return SkeletonLayout(
        joints=tuple(names),
        parents=tuple(names.index(parent) for parent in parents.values()),
        centre=tuple(names.index(name) for name in centre),
        torso=tuple(names.index(name) for name in torso),
        across=tuple((names.index(f"right_{name}"), names.index(f"left_{name}")) for name in across),
        mirrored=tuple(mirrored),
    )


KINECT20 = _layout(
    {
        "head": "neck",
        "neck": "spine",
        "spine": "hip",
        "hip": "hip",
        "left_shoulder": "neck",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "left_hand": "left_wrist",
        "right_shoulder": "neck",
        "right_elbow": "right_shoulder",
        "right_wrist": "right_elbow",
        "right_hand": "right_wrist",
        "left_hip": "hip",
        "left_knee": "left_hip",
        "left_ankle": "left_knee",
        "left_foot": "left_ankle",
        "right_hip": "hip",
        "right_knee": "right_hip",
        "right_ankle": "right_knee",
        "right_foot": "right_ankle",
    },
    centre=("hip",),
    torso=("neck",),
    across=("shoulder", "hip"),
)
"""Microsoft's first Kinect, in the order of UTD-MHAD."""

KINECT25 = _layout(
    {
        "hip": "hip",
        "spine": "hip",
        "neck": "upper_spine",
        "head": "neck",
        "left_shoulder": "upper_spine",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "left_hand": "left_wrist",
        "right_shoulder": "upper_spine",
        "right_elbow": "right_shoulder",
        "right_wrist": "right_elbow",
        "right_hand": "right_wrist",
        "left_hip": "hip",
        "left_knee": "left_hip",
        "left_ankle": "left_knee",
        "left_foot": "left_ankle",
        "right_hip": "hip",
        "right_knee": "right_hip",
        "right_ankle": "right_knee",
        "right_foot": "right_ankle",
        "upper_spine": "spine",
        "left_fingertip": "left_hand",
        "left_thumb": "left_hand",
        "right_fingertip": "right_hand",
        "right_thumb": "right_hand",
    },
    centre=("hip",),
    torso=("upper_spine",),
    across=("shoulder", "hip"),
)
"""Microsoft's second Kinect, in the order of NTU RGB+D."""

COCO17 = _layout(
    {
        "nose": "nose",
        "left_eye": "nose",
        "right_eye": "nose",
        "left_ear": "left_eye",
        "right_ear": "right_eye",
        "left_shoulder": "nose",
        "right_shoulder": "nose",
        "left_elbow": "left_shoulder",
        "right_elbow": "right_shoulder",
        "left_wrist": "left_elbow",
        "right_wrist": "right_elbow",
        "left_hip": "left_shoulder",
        "right_hip": "right_shoulder",
        "left_knee": "left_hip",
        "right_knee": "right_hip",
        "left_ankle": "left_knee",
        "right_ankle": "right_knee",
    },
    centre=("left_hip", "right_hip"),
    torso=("left_shoulder", "right_shoulder"),
    across=("shoulder", "hip"),
)
"""The key points of COCO, which most estimators of poses in pictures give."""

OPENPOSE18 = _layout(
    {
        "nose": "neck",
        "neck": "neck",
        "right_shoulder": "neck",
        "right_elbow": "right_shoulder",
        "right_wrist": "right_elbow",
        "left_shoulder": "neck",
        "left_elbow": "left_shoulder",
        "left_wrist": "left_elbow",
        "right_hip": "neck",
        "right_knee": "right_hip",
        "right_ankle": "right_knee",
        "left_hip": "neck",
        "left_knee": "left_hip",
        "left_ankle": "left_knee",
        "right_eye": "nose",
        "left_eye": "nose",
        "right_ear": "right_eye",
        "left_ear": "left_eye",
    },
    centre=("left_hip", "right_hip"),
    torso=("neck",),
    across=("shoulder", "hip"),
)
"""OpenPose's 18 key points."""

SKELETON_LAYOUTS = {"kinect20": KINECT20, "kinect25": KINECT25, "coco17": COCO17, "openpose18": OPENPOSE18}
