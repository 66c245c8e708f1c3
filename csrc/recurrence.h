// One layer in one direction, as both passes see it: its packed weights, its scratch, and who
// computes what.
#pragma once

#include "arena.h"
#include "cells.h"
#include "kernels.h"
#include "product.h"
#include "team.h"

namespace recurra::RECURRA_ISA {

// The order of steps: `index` counts them as they are computed, `time` as they are stored.
struct StepOrder {
  const Shape& shape;
  const long* offset;  // (T + 1) first row of each step
  bool reverse;

  long time(long index) const { return reverse ? shape.steps - 1 - index : index; }
  long alive(long index) const {
    return index < 0 || index >= shape.steps ? 0 : shape.alive[time(index)];
  }
  long row(long index) const { return offset[time(index)]; }
  // First row of steps [from, to), which are stored side by side in either direction.
  long first_row(long from, long to) const { return reverse ? row(to - 1) : row(from); }
  long rows(long from, long to) const {
    return reverse ? offset[time(from) + 1] - offset[time(to - 1)]
                   : offset[time(to - 1) + 1] - offset[time(from)];
  }
  // The end of a chunk that starts at `from` and has about `target` rows, at least one step.
  long chunk_end(long from, long target) const {
    long to = from + 1;
    while (to < shape.steps && rows(from, to + 1) <= target) to++;
    return to;
  }
  // The start of a chunk that ends at `to`, likewise.
  long chunk_start(long to, long target) const {
    long from = to - 1;
    while (from > 0 && rows(from - 1, to) <= target) from--;
    return from;
  }
  long chunk_rows(long target) const {  // the most rows that a chunk can have
    return smaller(shape.rows, larger(target, shape.batch));
  }
};

// The layers that a layer of a stack waits for and serves while all of them run, step by step as
// these are computed.
struct Links {
  const Progress* before = nullptr;  // of the layer that writes what this one reads, or null
  Progress* after = nullptr;         // of this one, or null where nobody waits

  void wait_for(long steps) const {
    if (before) before->wait_for(steps);
  }
  // Called by the whole team.
  void publish(const Member& me, long steps) const {
    if (!after) return;
    me.barrier->wait();
    if (me.id == 0) after->publish(steps);
  }
};

// From the deltas of one gate to those of the next.
inline long gate_row(const Shape& s) { return padded(s.hidden); }

constexpr long OWN_WEIGHTS = 1L << 17;  // of the state, which stay in the cache of one thread
constexpr long OWN_SEQUENCES = 8;       // make products that are worth a reading of these

// How many threads of `size` share sequences. They divide the units among them, and meet at every
// step. Where each can have sequences enough for itself, of equal length, and keep all weights in
// its cache, none share.
inline int sharing(const Shape& s, long gates, int size) {
  const bool alike = s.rows == s.steps * s.batch;
  if (alike && gates * s.hidden * s.output <= OWN_WEIGHTS && s.batch >= size * OWN_SEQUENCES)
    return 1;
  return int(smaller(size, panels(s.hidden)));
}

// Which units (in blocks of a panel) and which sequences a thread computes. Threads that share
// sequences meet at every step; threads that do not never meet.
struct WorkShare {
  Range units, outputs, batch;
  Member group;

  // Of the rows of steps [from, to) those of the thread's sequences, in pieces that are stored
  // side by side: work(first row, rows).
  template <class Work>
  void for_rows(const StepOrder& order, long from, long to, const Work& work) const {
    if (batch.first == 0 && batch.last == order.shape.batch)
      return work(order.first_row(from, to), order.rows(from, to));
    for (long index = from; index < to; index++) {
      const long rows = smaller(order.alive(index), batch.last) - batch.first;
      if (rows > 0) work(order.row(index) + batch.first, rows);
    }
  }

  // Of a team of whose threads so many share sequences.
  WorkShare(const Shape& s, const Member& me, Barrier* groups, int columns)
      : WorkShare(s, columns, larger(1, me.size / columns), me.id % columns, me.id / columns,
                  groups) {}

 private:
  WorkShare(const Shape& s, int columns, long groups_count, int column, long group_id,
            Barrier* groups)
      : units(panels(s.hidden), column, columns),
        outputs(panels(s.output), column, columns),
        batch(group_id < groups_count ? s.batch : 0, int(group_id % groups_count),
              int(groups_count)),
        group{column, columns, groups + group_id} {}
};

}  // namespace recurra::RECURRA_ISA
