// The tangents of a forward pass that training has run, along a direction in which its inputs,
// states and weights move: the first half of double backward.
#pragma once

#include "forward.h"
#include "saved_steps.h"

namespace recurra::RECURRA_ISA {

// One direction's pass. Every thread of the team calls `run`.
template <class Cell>
class TangentForward {
 public:
  // packed: the weights, and their tangents.
  TangentForward(const SavedSteps<Cell>& steps, const DoubleBackward& io, int direction,
                 const ForwardWeights<Cell>* packed, bool project, Arena& arena, int threads)
      : s_(steps.s),
        steps_(steps),
        io_(io),
        tangents_(io.weight_tangents[direction]),
        w_(packed[0]),
        w_tangent_(packed[1]),
        project_(project) {
    h_row_ = panels(s_.output) * PANEL + PAD;
    m_row_ = panels(s_.hidden) * PANEL + PAD;
    target_ = larger(1, CHUNK_FLOATS * threads / (Cell::GATES * s_.hidden));
    for (float*& h : h_) h = arena.floats(s_.batch * h_row_);
    if (tangents_.hh) h_before_ = arena.floats(steps.order.chunk_rows(target_) * h_row_);
    for (float*& m : m_) m = project_ ? arena.floats(s_.batch * m_row_) : nullptr;
  }

  void run(const Member& me, Barrier* groups) {
    start(me);
    me.barrier->wait();
    const WorkShare mine(s_, me, groups, sharing(s_, Cell::GATES, me.size));
    for (long from = 0; from < s_.steps;) {
      const long to = steps_.order.chunk_end(from, target_);
      if (tangents_.hh) states_before(mine, from, to);
      mine.for_rows(steps_.order, from, to, [&](long first, long rows) {
        for (long u = mine.units.first; u < mine.units.last; u++)
          products(u, first, rows, steps_.order.first_row(from, to));
      });
      for (long index = from; index < to; index++) step(mine, index);
      from = to;
    }
    me.barrier->wait();
    finish(me);
  }

 private:
  static constexpr long ROW = SavedSteps<Cell>::TANGENTS * PANEL;  // of a unit block

  const Shape& s_;
  const SavedSteps<Cell>& steps_;
  const DoubleBackward& io_;
  const Weights& tangents_;
  const ForwardWeights<Cell>&w_, &w_tangent_;
  bool project_;
  long h_row_, m_row_, target_;
  // h: tangents of h before and after a step, (B, P). h_before: by row of a chunk, the h before
  // the step. m: with a projection what it reads, and the tangents of that, (B, H) each.
  float *h_[2], *h_before_ = nullptr, *m_[2];

  void start(const Member& me) {
    const Range batch(s_.batch, me.id, me.size);
    for (long b = batch.first; b < batch.last; b++)
      for (float* h : h_) {
        copy_or_clear(nullptr, h_row_, h + b * h_row_);
        if (io_.h0_tangent)
          copy_or_clear(io_.h0_tangent + steps_.state(b, s_.output), s_.output, h + b * h_row_);
      }
  }

  // The last states of a sequence are those of its last step.
  void finish(const Member& me) {
    const Range batch(s_.batch, me.id, me.size);
    const StepOrder& order = steps_.order;
    for (long index = 0; index < s_.steps; index++)
      for (long b = batch.first; b < smaller(order.alive(index), batch.last); b++) {
        if (index + 1 < s_.steps && b < order.alive(index + 1)) continue;
        const long row = order.row(index) + b;
        copy_or_clear(steps_.y_tangent(row), s_.output,
                      io_.hn_tangent + steps_.state(b, s_.output));
        for (long u = 0; Cell::MEMORY && u < panels(s_.hidden); u++)
          for (Units at(u, s_.hidden); at; at.next())
            put(io_.cn_tangent + steps_.state(b, s_.hidden) + at.first,
                load(steps_.tangent(at, Cell::SLOTS, row)), at.left);
      }
  }

  // The h before each step of a chunk, of the group's sequences.
  void states_before(const WorkShare& mine, long from, long to) {
    const long base = steps_.order.first_row(from, to);
    for (long index = from; index < to; index++) {
      const long last = smaller(steps_.order.alive(index), mine.batch.last);
      for (long b = mine.batch.first + mine.group.id; b < last; b += mine.group.size)
        copy_or_clear(steps_.whole_h_before(index, b), s_.output,
                      h_before_ + (steps_.order.row(index) + b - base) * h_row_);
    }
    mine.group.barrier->wait();
  }

  // The tangents of the products of unit block u, but for what the tangents of h add.
  void products(long u, long first, long rows, long base) {
    for (int i = 0; i < Cell::SLOTS; i++)
      for (long row = first; row < first + rows; row++)
        copy_panel(w_tangent_.bias_of(u, i), steps_.tangent(u, i, row));
    for (int gate = 0; gate < Cell::GATES; gate++) {
      float* of_input = steps_.tangent(u, gate, first);
      float* of_state = steps_.tangent(u, recurrent_slot<Cell>(gate), first);
      if (io_.x_tangent)
        add(io_.x_tangent + first * s_.inputs, s_.inputs, rows, w_.ih_panel(u, gate), s_.inputs,
            of_input);
      if (tangents_.ih)
        add(io_.x + first * s_.inputs, s_.inputs, rows, w_tangent_.ih_panel(u, gate), s_.inputs,
            of_input);
      if (tangents_.hh)
        add(h_before_ + (first - base) * h_row_, h_row_, rows, w_tangent_.hh_panel(u, gate),
            s_.output, of_state);
    }
  }

  static void add(const float* a, long a_row, long rows, const float* panel, long K, float* to) {
    multiply(a, a_row, rows, {panel, K, PANEL, 0, 1}, {to, ROW, nullptr, true}, FETCHING_TILES);
  }

  void step(const WorkShare& mine, long index) {
    const float* before = h_[index % 2];
    float* after = h_[(index + 1) % 2];
    const long last = smaller(steps_.order.alive(index), mine.batch.last);
    for (long u = mine.units.first; u < mine.units.last; u++)
      for (Tiles t(last - mine.batch.first); t; t.next())
        cell(u, mine.batch.first + t.first, t.rows, index, before, after);
    if (project_) {
      mine.group.barrier->wait();
      for (long p = mine.outputs.first; p < mine.outputs.last; p++)
        for (Tiles t(last - mine.batch.first); t; t.next())
          project(p, mine.batch.first + t.first, t.rows, steps_.order.row(index), after);
    }
    if (index + 1 < s_.steps) mine.group.barrier->wait();
  }

  // Sequences [b, b + rows) of unit block u: what the tangents of h add, then the equations.
  void cell(long u, long b, long rows, long index, const float* before, float* after) {
    for (int gate = 0; gate < Cell::GATES; gate++) {
      float* product = steps_.tangent(u, recurrent_slot<Cell>(gate), steps_.order.row(index) + b);
      FETCHING_TILES[rows - 1](before + b * h_row_, h_row_, w_.hh_panel(u, gate), s_.output,
                               product, ROW, product, ROW);
    }
    for (long r = b; r < b + rows; r++)
      for (Units at(u, s_.hidden); at; at.next()) unit(at, index, r, after);
  }

  void unit(const Units& at, long index, long b, float* after) {
    const long row = steps_.order.row(index) + b;
    Dual slot[Cell::SLOTS], memory, h;
    for (int i = 0; i < Cell::SLOTS; i++) slot[i] = steps_.slot(at, i, row);
    if (Cell::MEMORY) memory = steps_.c_before(at, index, b);
    if (Cell::READS_H_BEFORE) h = steps_.h_before(at, index, b);
    h = Cell::forward(slot, h, memory);
    for (int i = 0; i < Cell::SLOTS; i++) store(steps_.tangent(at, i, row), slot[i].tangent);
    if (Cell::MEMORY) store(steps_.tangent(at, Cell::SLOTS, row), memory.tangent);
    if (project_) {
      store(m_[0] + b * m_row_ + at.first, h.value);
      store(m_[1] + b * m_row_ + at.first, h.tangent);
    } else {
      store(after + b * h_row_ + at.first, h.tangent);
      put(steps_.y_tangent(row) + at.first, h.tangent, at.left);
    }
  }

  void project(long p, long b, long rows, long row, float* after) {
    float* to = after + b * h_row_ + p * PANEL;
    const Tile run = TILES[rows - 1];
    run(m_[1] + b * m_row_, m_row_, w_.hr + p * s_.hidden * PANEL, s_.hidden, nullptr, 0, to,
        h_row_);
    if (tangents_.hr)
      run(m_[0] + b * m_row_, m_row_, w_tangent_.hr + p * s_.hidden * PANEL, s_.hidden, to, h_row_,
          to, h_row_);
    for (long r = 0; r < rows; r++)
      for (Units at(p, s_.output); at; at.next())
        put(steps_.y_tangent(row + b + r) + at.first, load(to + r * h_row_ + at.lane), at.left);
  }
};

}  // namespace recurra::RECURRA_ISA
