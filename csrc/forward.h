// The forward pass: the input products of a chunk of steps, then the steps one after the other.
#pragma once

#include "recurrence.h"

namespace recurra::RECURRA_ISA {

constexpr long CHUNK_FLOATS = 1L << 17;   // of input products that a thread holds in its cache
constexpr long LARGE_WEIGHTS = 1L << 21;  // beyond, the input weights are read from afar,
constexpr long ROWS_FOR_LARGE = 512;      // so that more rows should share a reading

// Weights of one direction packed for the forward pass; made once, read by all threads. What is
// null is left out, biases are zeros then.
template <class Cell>
struct ForwardWeights {
  const Shape& s;
  Number *ih, *hh, *hr;  // [unit block][gate][I or P][PANEL], [output panel][H][PANEL]
  float* bias;           // [unit block][slot][PANEL]

  ForwardWeights(const Shape& shape, Arena& arena) : s(shape) {
    const long blocks = panels(s.hidden);
    ih = numbers(arena, blocks * Cell::GATES * padded(s.inputs) * PANEL);
    hh = numbers(arena, blocks * Cell::GATES * padded(s.output) * PANEL);
    hr = numbers(arena, panels(s.output) * padded(s.hidden) * PANEL);
    bias = arena.floats(blocks * Cell::SLOTS * PANEL);
  }

  void pack(const Weights& w, int part, int parts) {
    const Range blocks(panels(s.hidden), part, parts);
    for (long u = blocks.first; u < blocks.last; u++)
      for (int gate = 0; gate < Cell::GATES; gate++) {
        const long first = gate * s.hidden;
        if (w.ih)
          pack_panel({w.ih + first * s.inputs, 1, s.inputs}, s.inputs, s.hidden, u * PANEL,
                     ih_panel(u, gate));
        if (w.hh)
          pack_panel({w.hh + first * s.output, 1, s.output}, s.output, s.hidden, u * PANEL,
                     hh_panel(u, gate));
        pack_bias(w, u, gate);
      }
    const Range outputs(panels(s.output), part, parts);
    if (w.hr)
      for (long p = outputs.first; p < outputs.last; p++)
        pack_panel({w.hr, 1, s.hidden}, s.hidden, s.output, p * PANEL, hr_panel(p));
  }

  Number* ih_panel(long u, int gate) const {
    return ih + (u * Cell::GATES + gate) * padded(s.inputs) * PANEL;
  }
  Number* hh_panel(long u, int gate) const {
    return hh + (u * Cell::GATES + gate) * padded(s.output) * PANEL;
  }
  Number* hr_panel(long p) const { return hr + p * padded(s.hidden) * PANEL; }
  float* bias_of(long u, int slot) const { return bias + (u * Cell::SLOTS + slot) * PANEL; }

 private:
  void pack_bias(const Weights& w, long u, int gate) {
    const int slot = recurrent_slot<Cell>(gate);
    for (long j = 0; j < PANEL; j++) {
      const long unit = u * PANEL + j, row = gate * s.hidden + unit;
      const float from_input = unit < s.hidden && w.b_ih ? w.b_ih[row] : 0.0f;
      const float from_state = unit < s.hidden && w.b_hh ? w.b_hh[row] : 0.0f;
      bias_of(u, gate)[j] = slot == gate ? from_input + from_state : from_input;
      if (slot != gate) bias_of(u, slot)[j] = from_state;
    }
  }
};

// One direction's pass. Every thread of the team calls `run`.
template <class Cell>
class ForwardPass {
 public:
  ForwardPass(const Shape& shape, const Weights& weights, const Forward& io, const long* offset,
              int direction, Arena& arena, const ForwardWeights<Cell>& packed, int threads)
      : s_(shape),
        w_(packed),
        io_(io),
        order_{shape, offset, direction == 1},
        direction_(direction),
        project_(weights.hr) {
    h_row_ = panels(s_.output) * PANEL + PAD;
    m_row_ = panels(s_.hidden) * PANEL + PAD;
    for (float*& h : h_) h = arena.floats(s_.batch * h_row_);
    for (int i = 0; i < 2; i++) h_read_[i] = beside(h_[i], s_.batch * h_row_, arena);
    if (Cell::MEMORY) c_ = arena.floats(panels(s_.hidden) * s_.batch * PANEL);
    if (project_) m_ = numbers(arena, s_.batch * m_row_);
    if (ROUNDS) x_read_ = numbers(arena, threads * BLOCK_ROWS * scratch_row(s_.inputs));
    target_ = larger(1, CHUNK_FLOATS * threads / (Cell::GATES * s_.hidden));
    if (Cell::GATES * s_.hidden * s_.inputs > LARGE_WEIGHTS)
      target_ = larger(target_, ROWS_FOR_LARGE);
    saves_ = io.saved && Cell::SAVES_SLOTS;
    values_ = Cell::SLOTS + (saves_ && Cell::MEMORY);
    rows_ = saves_ ? s_.rows : order_.chunk_rows(target_);
    if (s_.symbol) table_ = arena.floats(panels(s_.hidden) * s_.distinct * Cell::GATES * PANEL);
    const long saved = panels(s_.hidden) * rows_ * values_ * PANEL;
    slots_ = saves_ ? io.saved + direction * saved : arena.floats(saved);
  }

  // Read a layer below while it runs, and be read by one above: chunks of no more rows than that.
  void link(const Links& links, long rows) {
    links_ = links;
    target_ = smaller(target_, rows);
  }

  void run(const Member& me, Barrier* groups) {
    start(me);
    me.barrier->wait();
    if (table_) {
      distinct_products(me);
      me.barrier->wait();
    }
    const WorkShare mine(s_, me, groups, sharing(s_, Cell::GATES, me.size));
    for (long from = 0; from < s_.steps;) {
      const long to = order_.chunk_end(from, target_);
      const long base =
          saves_ ? 0 : order_.first_row(from, to);  // row that the first of `slots_` is for
      links_.wait_for(to);
      if (!table_) input_products(me, mine, from, to, base);
      for (long index = from; index < to; index++) step(mine, index, base);
      links_.publish(me, to);
      from = to;
    }
    me.barrier->wait();
    finish(me);
  }

 private:
  const Shape& s_;
  const ForwardWeights<Cell>& w_;
  const Forward& io_;
  StepOrder order_;
  Links links_;
  int direction_;
  bool project_, saves_;
  long h_row_, m_row_, target_, rows_,
      values_;  // of `slots_`: rows, and values of each, for every panel of units
  // h before and after a step, (B, P), and as the products read it; c; with a projection what is
  // projected, (B, H).
  float *h_[2], *c_ = nullptr, *slots_;
  Number *h_read_[2], *m_ = nullptr;
  Number* x_read_ = nullptr;  // of each thread, some rows of x as products read them
  float* table_ =
      nullptr;  // with symbols, their input products, [unit block][symbol][gate][PANEL]

  float* slot(long u, int slot, long row) const {
    return slots_ + ((u * rows_ + row) * values_ + slot) * PANEL;
  }
  float* table(long u, int gate, long symbol) const {
    return table_ + ((u * s_.distinct + symbol) * Cell::GATES + gate) * PANEL;
  }
  // The input product of a row, and its bias.
  const float* input_product(long u, int gate, long row, long base) const {
    return table_ ? table(u, gate, s_.symbol[row]) : slot(u, gate, row - base);
  }
  float* c(long u, long b) const { return c_ + (u * s_.batch + b) * PANEL; }
  long width() const { return s_.output * s_.directions; }
  float* y(long row) const { return io_.y + row * width() + direction_ * s_.output; }

  void start(const Member& me) {
    const Range batch(s_.batch, me.id, me.size);
    for (long b = batch.first; b < batch.last; b++) {
      const float* h0 = io_.h0 + (direction_ * s_.batch + b) * s_.output;
      for (long j = 0; j < s_.output; j++) h_[0][b * h_row_ + j] = h_[1][b * h_row_ + j] = h0[j];
      for (long j = s_.output; j < panels(s_.output) * PANEL; j++)
        h_[0][b * h_row_ + j] = h_[1][b * h_row_ + j] = 0.0f;
      if (ROUNDS) start_read(b);
      if (!Cell::MEMORY) continue;
      const float* c0 = io_.c0 + (direction_ * s_.batch + b) * s_.hidden;
      for (long j = 0; j < panels(s_.hidden) * PANEL; j++)
        c(j / PANEL, b)[j % PANEL] = j < s_.hidden ? c0[j] : 0.0f;
    }
  }

  // The same of what products read; beyond the units zeros that stay.
  void start_read(long b) {
    for (long j = 0; j < panels(s_.output) * PANEL; j += W)
      for (int i = 0; i < 2; i++) store(h_read_[i] + b * h_row_ + j, load(h_[i] + b * h_row_ + j));
    for (long j = 0; m_ && j < m_row_; j += W) store(m_ + b * m_row_ + j, zero());
  }

  // The last h of each sequence is the output of its last step; c is where it stood still.
  void finish(const Member& me) {
    const Range batch(s_.batch, me.id, me.size);
    for (long t = 0; t < s_.steps; t++) {
      const long next = !order_.reverse && t + 1 < s_.steps ? s_.alive[t + 1] : 0;
      for (long b = larger(next, batch.first); b < smaller(s_.alive[t], batch.last); b++) {
        float* hn = io_.hn + (direction_ * s_.batch + b) * s_.output;
        for (long j = 0; j < s_.output; j++) hn[j] = y(order_.offset[t] + b)[j];
      }
      if (order_.reverse) break;  // all end at the first step
    }
    if (Cell::MEMORY)
      for (long b = batch.first; b < batch.last; b++)
        for (long j = 0; j < s_.hidden; j++)
          io_.cn[(direction_ * s_.batch + b) * s_.hidden + j] = c(j / PANEL, b)[j % PANEL];
  }

  // What is read again and again is multiplied once.
  void distinct_products(const Member& me) {
    const Range gates(panels(s_.hidden) * Cell::GATES, me.id, me.size);
    for (long m = 0; m < s_.distinct; m += BLOCK_ROWS) {
      const long rows = smaller(s_.distinct - m, BLOCK_ROWS);
      const NumberRows x = inputs(me, m, rows);
      for (long i = gates.first; i < gates.last; i++) {
        const long u = i / Cell::GATES;
        const int gate = int(i % Cell::GATES);
        multiply(x.start, x.row, rows, {w_.ih_panel(u, gate), s_.inputs, PANEL, 0, 1},
                 {table(u, gate, m), Cell::GATES * PANEL, w_.bias_of(u, gate)}, FETCHING_TILES);
      }
    }
  }

  void input_products(const Member& me, const WorkShare& mine, long from, long to, long base) {
    mine.for_rows(order_, from, to, [&](long first, long count) {
      for (long m = 0; m < count; m += BLOCK_ROWS) {
        const long rows = smaller(count - m, BLOCK_ROWS);
        const NumberRows x = inputs(me, first + m, rows);
        for (long u = mine.units.first; u < mine.units.last; u++)
          for (int gate = 0; gate < Cell::GATES; gate++)
            multiply(x.start, x.row, rows, {w_.ih_panel(u, gate), s_.inputs, PANEL, 0, 1},
                     {slot(u, gate, first + m - base), values_ * PANEL, w_.bias_of(u, gate)},
                     FETCHING_TILES);
      }
    });
  }

  // Rows of x, no more than BLOCK_ROWS, as products read them.
  NumberRows inputs(const Member& me, long first, long rows) const {
    Number* room = x_read_ ? x_read_ + me.id * BLOCK_ROWS * scratch_row(s_.inputs) : nullptr;
    return read_rows(io_.x + first * s_.inputs, s_.inputs, rows, s_.inputs, room);
  }

  void step(const WorkShare& mine, long index, long base) {
    const long row = order_.row(index), last = smaller(order_.alive(index), mine.batch.last);
    for (long u = mine.units.first; u < mine.units.last; u++)
      for (Tiles t(last - mine.batch.first, STEP_ROWS); t; t.next())
        cell(u, mine.batch.first + t.first, t.rows, row, base, index % 2);
    if (project_) {
      mine.group.barrier->wait();
      project(mine, last, row, (index + 1) % 2);
    }
    if (index + 1 < s_.steps) mine.group.barrier->wait();
  }

  // Sequences [b, b + rows) of unit block u: the recurrent products of all gates, then the
  // equations.
  // before: which of the two h is that before the step.
  void cell(long u, long b, long rows, long row, long base, int before) {
    alignas(64) float product[Cell::SLOTS][STEP_ROWS * PANEL];
    for (int gate = 0; gate < Cell::GATES; gate++) {
      const int to = recurrent_slot<Cell>(gate);
      const float* start = to == gate ? input_product(u, gate, row + b, base) : w_.bias_of(u, to);
      long start_row = to == gate ? values_ * PANEL : 0;
      if (to == gate && table_) {
        for (long r = 0; r < rows; r++)
          copy_panel(input_product(u, gate, row + b + r, base), product[gate] + r * PANEL);
        start = product[gate];
        start_row = PANEL;
      }
      multiply_rows(h_read_[before] + b * h_row_, h_row_, rows, w_.hh_panel(u, gate), s_.output,
                    start, start_row, product[to], PANEL, FETCHING_TILES);
    }
    for (long r = 0; r < rows; r++)
      for (int half = 0; half < 2; half++) {
        const long lane = half * W, unit = u * PANEL + lane, at = row + b + r;
        Vec value[Cell::SLOTS];
        for (int i = 0; i < Cell::SLOTS; i++)
          value[i] = load(i != recurrent_slot<Cell>(i) ? input_product(u, i, at, base) + lane
                                                       : product[i] + r * PANEL + lane);
        Vec memory = Cell::MEMORY ? load(c(u, b + r) + lane) : zero();
        const Vec h = Cell::forward(
            value, load(h_[before] + (b + r) * h_row_ + (Cell::READS_H_BEFORE ? unit : 0)),
            memory);
        if (saves_)
          for (int i = 0; i < Cell::SLOTS; i++) store(slot(u, i, at) + lane, value[i]);
        if (saves_ && Cell::MEMORY) store(slot(u, Cell::SLOTS, at) + lane, memory);
        if (Cell::MEMORY) store(c(u, b + r) + lane, memory);
        if (project_) {
          put(m_ + (b + r) * m_row_ + unit, h, s_.hidden - unit);
          continue;
        }
        const long to = (b + r) * h_row_ + unit, left = s_.output - unit;
        if (left <= 0) continue;
        put(h_read_[1 - before] + to, h, left);
        if (ROUNDS && Cell::READS_H_BEFORE) store(h_[1 - before] + to, h);
        put(y(at) + unit, h, left);
      }
  }

  // after: which of the two h is that after the step.
  void project(const WorkShare& mine, long last, long row, int after) {
    for (long p = mine.outputs.first; p < mine.outputs.last; p++)
      for (Tiles t(last - mine.batch.first); t; t.next()) {
        const long b = mine.batch.first + t.first;
        float* h = h_[after] + b * h_row_ + p * PANEL;
        TILES[t.rows - 1](m_ + b * m_row_, m_row_, w_.hr_panel(p), s_.hidden, nullptr, 0, h,
                          h_row_);
        for (long r = 0; r < t.rows; r++)
          for (long lane = 0; lane < PANEL; lane += W) {
            const Vec value = load(h + r * h_row_ + lane);
            const long column = p * PANEL + lane;
            if (column >= s_.output) break;
            if (ROUNDS) put(h_read_[after] + (b + r) * h_row_ + column, value, s_.output - column);
            put(y(row + b + r) + column, value, s_.output - column);
          }
      }
  }
};

}  // namespace recurra::RECURRA_ISA
