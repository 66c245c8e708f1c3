// The tangents of a backward pass along the same direction: the second half of double backward.
//
// The gradients of h that the pass has found at each step are given; its deltas follow from them
// without a product, and are computed again with their tangents.
#pragma once

#include "backward.h"
#include "saved_steps.h"

namespace recurra::RECURRA_ISA {

// One direction's pass. Every thread of the team calls `run`.
template <class Cell>
class TangentBackward {
 public:
  // packed: the weights, and their tangents.
  TangentBackward(const SavedSteps<Cell>& steps, const DoubleBackward& io, int direction,
                  const BackwardWeights<Cell>* packed, bool project, float* dx, Arena& arena,
                  int threads)
      : s_(steps.s),
        steps_(steps),
        io_(io),
        tangents_(io.weight_tangents[direction]),
        w_(packed[0]),
        w_tangent_(packed[1]),
        project_(project),
        dx_(dx),
        gradients_(s_, io.weights[direction], arena, threads) {
    target_ = larger(FEWEST_ROWS, CHUNK_DELTAS / (2 * Cell::DELTAS * s_.hidden));
    const long chunk = steps.order.chunk_rows(target_);
    h_row_ = panels(s_.output) * PANEL + PAD;
    m_row_ = panels(s_.hidden) * PANEL + PAD;
    delta_row_ = Cell::DELTAS * s_.hidden + PAD;
    dh_ = arena.floats(s_.batch * h_row_);
    if (Cell::MEMORY) dc_ = arena.floats(2 * panels(s_.hidden) * s_.batch * PANEL);
    for (int k = 0; k < 2; k++) {
      delta_[k] = arena.floats(chunk * delta_row_);
      h_before_[k] = arena.floats(chunk * h_row_);
      if (project_) m_[k] = arena.floats(chunk * m_row_);
    }
    if (project_) dy_ = arena.floats(chunk * h_row_);
  }

  void run(const Member& me, Barrier* groups) {
    start(me);
    const WorkShare mine(s_, me, groups, sharing(s_, Cell::GATES, me.size));
    long since = 0;  // rows in the weights' gradients since these were gathered
    for (long to = s_.steps; to > 0;) {
      const long from = steps_.order.chunk_start(to, target_);
      const long first = steps_.order.first_row(from, to), rows = steps_.order.rows(from, to);
      me.barrier->wait();  // the last chunk's deltas are used
      states_before(me, from, to);
      me.barrier->wait();
      for (long index = to - 1; index >= from; index--) step(mine, index, first);
      me.barrier->wait();
      products(me, first, rows);
      since = gradients_.gather_many(me, since + rows);
      to = from;
    }
    gradients_.finish(me);
    me.barrier->wait();
    finish(me);
  }

 private:
  const Shape& s_;
  const SavedSteps<Cell>& steps_;
  const DoubleBackward& io_;
  const Weights& tangents_;
  const BackwardWeights<Cell>&w_, &w_tangent_;
  bool project_;
  float* dx_;
  WeightGradients<Cell> gradients_;
  long target_, h_row_, m_row_, delta_row_;
  // dh: tangents of the gradient of h, (B, P). dc: the gradient of c and its tangents,
  // [unit block][B][2][PANEL]. By row of the chunk, values and tangents: the deltas, the h before
  // the step, and with a projection m, what it reads; and dy, the tangents of the gradients of
  // what it gives.
  float *dh_, *dc_ = nullptr, *delta_[2], *h_before_[2], *m_[2] = {}, *dy_ = nullptr;

  float* dc(const Units& at, long b) const {
    return dc_ + 2 * (at.block * s_.batch + b) * PANEL + at.lane;
  }

  void start(const Member& me) {
    gradients_.start(me);
    const Range batch(s_.batch, me.id, me.size);
    for (long b = batch.first; b < batch.last; b++) {
      copy_or_clear(nullptr, h_row_, dh_ + b * h_row_);
      for (long u = 0; Cell::MEMORY && u < panels(s_.hidden); u++)
        for (Units at(u, s_.hidden); at; at.next()) {
          const float* dcn = io_.dcn ? io_.dcn + steps_.state(b, s_.hidden) + at.first : nullptr;
          store(dc(at, b), dcn ? get(dcn, at.left) : zero());
          store(dc(at, b) + PANEL, zero());
        }
    }
  }

  void finish(const Member& me) {
    const Range batch(s_.batch, me.id, me.size);
    for (long b = batch.first; b < batch.last; b++) {
      copy_or_clear(dh_ + b * h_row_, s_.output, io_.dh0_tangent + steps_.state(b, s_.output));
      for (long u = 0; Cell::MEMORY && u < panels(s_.hidden); u++)
        for (Units at(u, s_.hidden); at; at.next())
          put(io_.dc0_tangent + steps_.state(b, s_.hidden) + at.first, load(dc(at, b) + PANEL),
              at.left);
    }
  }

  void states_before(const Member& me, long from, long to) {
    const long base = steps_.order.first_row(from, to);
    for (long index = from; index < to; index++) {
      const Range batch(steps_.order.alive(index), me.id, me.size);
      for (long b = batch.first; b < batch.last; b++) {
        const long at = (steps_.order.row(index) + b - base) * h_row_;
        copy_or_clear(steps_.whole_h_before(index, b), s_.output, h_before_[0] + at);
        copy_or_clear(steps_.whole_h_before_tangent(index, b), s_.output, h_before_[1] + at);
      }
    }
  }

  void step(const WorkShare& mine, long index, long base) {
    const long row = steps_.order.row(index), first = mine.batch.first,
               last = smaller(steps_.order.alive(index), mine.batch.last);
    if (project_) {
      const long columns = smaller(mine.outputs.last * PANEL, s_.output);
      for (long b = first; b < last; b++)
        for (long j = mine.outputs.first * PANEL; j < columns; j++)
          dy_[(row + b - base) * h_row_ + j] = dh_[b * h_row_ + j];
      mine.group.barrier->wait();
    }
    for (long u = mine.units.first; u < mine.units.last; u++)
      for (Tiles t(last - first); t; t.next()) cell(u, index, first + t.first, t.rows, base);
    mine.group.barrier->wait();
    for (long p = mine.outputs.first; p < mine.outputs.last; p++)
      for (Tiles t(last - first); t; t.next()) {
        const long b = first + t.first;
        recurrent(p, b, t.rows, delta_[1] + (row + b - base) * delta_row_, w_.hh,
                  Cell::READS_H_BEFORE);
        if (tangents_.hh)
          recurrent(p, b, t.rows, delta_[0] + (row + b - base) * delta_row_, w_tangent_.hh, true);
      }
  }

  // The derivatives of the equations, for sequences [b, b + rows) of unit block u.
  void cell(long u, long index, long b, long rows, long base) {
    alignas(64) float dm[2][TILE_ROWS * PANEL];  // with a projection, gradients of what it reads
    if (project_) {
      const long row = steps_.order.row(index) + b, block = u * s_.output * PANEL;
      const float* dh = steps_.dh(row);
      const Tile run = TILES[rows - 1];
      run(dh, steps_.dh_row(), w_.hr + block, s_.output, nullptr, 0, dm[0], PANEL);
      run(dy_ + (row - base) * h_row_, h_row_, w_.hr + block, s_.output, nullptr, 0, dm[1], PANEL);
      if (tangents_.hr)
        run(dh, steps_.dh_row(), w_tangent_.hr + block, s_.output, dm[1], PANEL, dm[1], PANEL);
    }
    for (long r = 0; r < rows; r++)
      for (Units at(u, s_.hidden); at; at.next()) {
        const long lane = r * PANEL + at.lane;
        const Dual of_m = project_ ? Dual{load(dm[0] + lane), load(dm[1] + lane)} : Dual{};
        unit(at, index, b + r, base, of_m);
      }
  }

  void unit(const Units& at, long index, long b, long base, const Dual& of_m) {
    const long row = steps_.order.row(index) + b;
    float* dh = dh_ + b * h_row_ + at.first;
    Dual slot[Cell::SLOTS], delta[Cell::DELTAS];
    for (int i = 0; i < Cell::SLOTS; i++) slot[i] = steps_.slot(at, i, row);
    Step<Dual> step{};
    if (Cell::READS_H_BEFORE) step.h_before = steps_.h_before(at, index, b);
    if (Cell::READS_H) step.h = steps_.h(at, row);
    if (Cell::MEMORY) {
      step.c = steps_.c(at, row);
      step.c_before = steps_.c_before(at, index, b);
      step.dc = {load(dc(at, b)), load(dc(at, b) + PANEL)};
    }
    step.dh = project_ ? of_m : Dual{get(steps_.dh(row) + at.first, at.left), load(dh)};
    const Back<Dual> back = Cell::backward(slot, step, delta);
    if (Cell::READS_H_BEFORE) store(dh, back.dh.tangent);
    if (Cell::MEMORY) {
      store(dc(at, b), back.dc.value);
      store(dc(at, b) + PANEL, back.dc.tangent);
    }
    if constexpr (Cell::PROJECTABLE)
      if (project_) {
        const Dual m = Cell::hidden(slot, step.c);
        store(m_[0] + (row - base) * m_row_ + at.first, m.value);
        store(m_[1] + (row - base) * m_row_ + at.first, m.tangent);
      }
    for (int i = 0; i < Cell::DELTAS; i++) {
      const long to = (row - base) * delta_row_ + i * s_.hidden + at.first;
      put(delta_[0] + to, delta[i].value, at.left);
      put(delta_[1] + to, delta[i].tangent, at.left);
    }
  }

  // What deltas times recurrent weights give to the tangents of the gradients of the h before, for
  // output panel p.
  void recurrent(long p, long b, long rows, const float* delta, const float* weights, bool adds) {
    const float* panel = weights + p * w_.depth() * PANEL;
    float* dh = dh_ + b * h_row_ + p * PANEL;
    constexpr bool apart = holds_apart<Cell>();
    const long together = (Cell::GATES - apart) * s_.hidden;
    const Tile run = TILES[rows - 1];
    run(delta, delta_row_, panel, together, adds ? dh : nullptr, h_row_, dh, h_row_);
    if (apart)
      run(delta + w_.depth(), delta_row_, panel + together * PANEL, s_.hidden, dh, h_row_, dh,
          h_row_);
  }

  // The tangents of a' b are those of a times b, and a times those of b.
  void products(const Member& me, long first, long rows) {
    const DeltaRows values = {delta_[0], delta_row_, rows},
                    tangents = {delta_[1], delta_row_, rows};
    const Range inputs(panels(s_.inputs), me.id, me.size);
    if (dx_) {
      float* dx = dx_ + first * s_.inputs;
      multiply(tangents.start, delta_row_, rows,
               {w_.ih, w_.depth(), s_.inputs, inputs.first, inputs.last}, {dx, s_.inputs});
      if (tangents_.ih)
        multiply(values.start, delta_row_, rows,
                 {w_tangent_.ih, w_.depth(), s_.inputs, inputs.first, inputs.last},
                 {dx, s_.inputs, nullptr, true});
    }
    gradients_.add_inputs(me, tangents, io_.x + first * s_.inputs, true);
    if (io_.x_tangent) gradients_.add_inputs(me, values, io_.x_tangent + first * s_.inputs, false);
    gradients_.add_states(me, tangents, h_before_[0], h_row_, true);
    gradients_.add_states(me, values, h_before_[1], h_row_, false);
    gradients_.add_projection(me, {dy_, h_row_, rows}, m_[0], m_row_);
    gradients_.add_projection(me, {steps_.dh(first), steps_.dh_row(), rows}, m_[1], m_row_);
  }
};

}  // namespace recurra::RECURRA_ISA
