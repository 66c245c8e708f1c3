import torch

from recurra.tasks.translation.decoder_state import DecoderState, reorder_state


def test_hypotheses_are_kept_by_row_and_sources_only_where_some_are_done():
    memory, mask = torch.arange(2.0).view(2, 1, 1), torch.ones(2, 1, dtype=torch.bool)
    gru, lstm = torch.arange(4.0).view(1, 4, 1), (torch.arange(4.0).view(1, 4, 1), -torch.arange(4.0).view(1, 4, 1))
    state = DecoderState(memory, memory, mask, (gru, lstm), torch.arange(4.0).view(4, 1))
    same = reorder_state(state, torch.tensor([0, 1]), torch.tensor([1, 1, 3, 2]))
    assert same.memory is memory
    assert same.states[0].flatten().tolist() == [1, 1, 3, 2]
    assert same.states[1][1].flatten().tolist() == [-1, -1, -3, -2]
    assert same.input_feed.flatten().tolist() == [1, 1, 3, 2]
    fewer = reorder_state(state, torch.tensor([1]), torch.tensor([2, 3]))
    assert fewer.memory.flatten().tolist() == fewer.keys.flatten().tolist() == [1.0]
    assert fewer.mask.shape == (1, 1)
