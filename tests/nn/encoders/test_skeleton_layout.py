import pytest

from recurra.nn.encoders import SKELETON_LAYOUTS


@pytest.mark.parametrize("layout", SKELETON_LAYOUTS.values(), ids=SKELETON_LAYOUTS)
def test_bones_are_a_tree_over_all_joints(layout):
    assert len(layout.bones) == len(layout.joints) - 1
    root = next(joint for joint, parent in enumerate(layout.parents) if joint == parent)
    for joint in range(len(layout.joints)):
        steps = 0
        while joint != root:
            joint, steps = layout.parents[joint], steps + 1
            assert steps < len(layout.joints)


@pytest.mark.parametrize("layout", SKELETON_LAYOUTS.values(), ids=SKELETON_LAYOUTS)
def test_the_mirror_changes_sides_and_bones_stay_bones(layout):
    for joint, mirrored in enumerate(layout.mirrored):
        assert layout.mirrored[mirrored] == joint
        assert layout.mirrored[layout.parents[joint]] == layout.parents[mirrored]
        if layout.joints[joint].startswith("left_"):
            assert layout.joints[mirrored] == layout.joints[joint].replace("left_", "right_")


def test_the_order_is_that_of_the_sensors():
    assert len(SKELETON_LAYOUTS["kinect20"].joints) == 20
    assert SKELETON_LAYOUTS["kinect20"].joints[11] == "right_hand"
    assert SKELETON_LAYOUTS["kinect25"].joints[20] == "upper_spine"
    assert SKELETON_LAYOUTS["coco17"].joints[10] == "right_wrist"
    assert SKELETON_LAYOUTS["openpose18"].joints[4] == "right_wrist"
