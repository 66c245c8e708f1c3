// The backward pass: chunk by chunk from the end, the steps first, then the products that give the
// gradients of the inputs and the weights.
#pragma once

#include "recurrence.h"
#include "weight_gradients.h"

namespace recurra::RECURRA_ISA {

constexpr long CHUNK_DELTAS =
    1L << 18;  // of the rows that are held until the weights' products use them,
constexpr long FEWEST_ROWS = 1024;  // so many at least
constexpr long ROWS_AHEAD = 4;      // by which what was saved is asked for

// Weights of one direction packed for the backward pass: the same matrices, read the other way.
// What is null is left out.
template <class Cell>
struct BackwardWeights {
  const Shape& s;
  Number *ih, *hh,
      *hr;  // [input panel][G H][PANEL], [output panel][G H][PANEL], [unit block][P][PANEL]

  BackwardWeights(const Shape& shape, bool project, Arena& arena) : s(shape) {
    ih = numbers(arena, panels(s.inputs) * depth() * PANEL);
    hh = numbers(arena, panels(s.output) * depth() * PANEL);
    hr = project ? numbers(arena, panels(s.hidden) * padded(s.output) * PANEL) : nullptr;
  }

  // Of the sums over all gates, each of which fills whole instructions.
  long depth() const { return Cell::GATES * gate_row(s); }
  const Number* ih_panel(long p) const { return ih + p * depth() * PANEL; }
  const Number* hh_panel(long p) const { return hh + p * depth() * PANEL; }
  const Number* hr_panel(long u) const { return hr + u * padded(s.output) * PANEL; }

  void pack(const Weights& w, int part, int parts) {
    const Range units(panels(s.hidden), part, parts);
    if (w.ih) pack_gates(w.ih, s.inputs, ih, part, parts);
    if (w.hh) pack_gates(w.hh, s.output, hh, part, parts);
    for (long u = units.first; w.hr && u < units.last; u++)
      pack_panel({w.hr, s.hidden, 1}, s.output, s.hidden, u * PANEL,
                 hr + u * padded(s.output) * PANEL);
  }

 private:
  // A weight matrix (G H, N).
  void pack_gates(const float* weight, long N, Number* to, int part, int parts) {
    const Range mine(panels(N), part, parts);
    for (long p = mine.first; p < mine.last; p++)
      for (int gate = 0; gate < Cell::GATES; gate++)
        pack_panel({weight + gate * s.hidden * N, N, 1}, s.hidden, N, p * PANEL,
                   to + (p * depth() + gate * gate_row(s)) * PANEL);
  }
};

// One direction's pass. Every thread of the team calls `run`.
template <class Cell>
class BackwardPass {
 public:
  BackwardPass(const Shape& shape, bool project, const Backward& io, const long* offset,
               int direction, Arena& arena, const BackwardWeights<Cell>& packed, float* dx,
               int threads)
      : s_(shape),
        w_(packed),
        io_(io),
        order_{shape, offset, direction == 1},
        direction_(direction),
        project_(project),
        dx_(dx),
        gradients_(shape, io.weights[direction], arena, threads) {
    target_ = larger(FEWEST_ROWS, CHUNK_DELTAS / (Cell::DELTAS * s_.hidden));
    const long chunk = piece_ = order_.chunk_rows(target_);
    h_row_ = panels(s_.output) * PANEL + PAD;
    m_row_ = panels(s_.hidden) * PANEL + PAD;
    delta_row_ = Cell::DELTAS * gate_row(s_) + PAD;
    dh_ = arena.floats(s_.batch * h_row_);
    if (Cell::MEMORY) dc_ = arena.floats(panels(s_.hidden) * s_.batch * PANEL);
    delta_ = numbers(arena, chunk * delta_row_);
    delta_count_ = chunk * delta_row_;
    h_before_ = arena.floats(chunk * h_row_);
    if (project_) {
      dy_ = numbers(arena, chunk * h_row_);
      dy_count_ = chunk * h_row_;
      m_ = arena.floats(chunk * m_row_);
    }
    const long table = s_.distinct * table_row();
    if (s_.symbol)
      table_ = {arena.floats(table), s_.rows > MANY_ROWS ? arena.floats(table) : nullptr};
    if (s_.symbol) table_read_ = beside(table_.total, table, arena);
    saved_ = Cell::SAVES_SLOTS
                 ? io.saved + direction * panels(s_.hidden) * s_.rows * VALUES * PANEL
                 : nullptr;
  }

  // Read a layer above while it runs, and be read by one below: gradients of the inputs for no
  // more rows than that at once.
  void link(const Links& links, long rows) {
    links_ = links;
    piece_ = rows;
  }

  void run(const Member& me, Barrier* groups) {
    start(me);
    const WorkShare mine(s_, me, groups, sharing(s_, Cell::GATES, me.size));
    long since = 0;  // rows in the weights' gradients since these were gathered
    for (long to = s_.steps; to > 0;) {
      const long from = order_.chunk_start(to, target_);
      me.barrier->wait();  // the last chunk's deltas are used
      states_before(me, from, to);
      me.barrier->wait();
      for (long end = to; end > from;) {
        const long begin = larger(from, order_.chunk_start(end, piece_));
        links_.wait_for(s_.steps - begin);
        for (long index = end - 1; index >= begin; index--)
          step(mine, index, order_.first_row(from, to));
        me.barrier->wait();
        if (!table_.total) input_products(me, from, to, begin, end);
        links_.publish(me, s_.steps - begin);
        end = begin;
      }
      products(me, order_.first_row(from, to), order_.rows(from, to));
      since = gradients_.gather_many(me, since + order_.rows(from, to));
      to = from;
    }
    me.barrier->wait();
    if (table_.total) {
      if (ROUNDS) round_table(me);
      input_gradients(me, table_read_, table_row(), 0, s_.distinct);
      gradients_.add_inputs(me, {table_read_, table_row(), s_.distinct}, io_.x, false);
    }
    gradients_.finish(me);
    finish(me);
  }

 private:
  static constexpr long VALUES = saved_per_unit<Cell>();  // of each row

  const Shape& s_;
  const BackwardWeights<Cell>& w_;
  const Backward& io_;
  StepOrder order_;
  Links links_;
  int direction_;
  bool project_;
  float* dx_;
  long piece_, target_, h_row_, m_row_, delta_row_;
  // dh, dc: gradients of the state, (B, P) and [unit block][B][PANEL]. By row of the chunk: the
  // deltas, the h before the step, and with a projection dy, the whole gradient of h, and m, what
  // is projected.
  float *dh_, *dc_ = nullptr, *h_before_, *m_ = nullptr;
  Number *delta_, *dy_ = nullptr;
  long delta_count_, dy_count_ = 0;
  const float* saved_;
  Sums table_;                    // with symbols, the sum of the deltas of each, (V, G H),
  Number* table_read_ = nullptr;  // and as products read them
  WeightGradients<Cell> gradients_;

  long width() const { return s_.output * s_.directions; }
  long table_row() const { return w_.depth() + PAD; }
  long state(long b) const { return (direction_ * s_.batch + b); }
  float* dc(long u, long b) const { return dc_ + (u * s_.batch + b) * PANEL; }
  const float* saved(long u, int value, long row) const {
    return saved_ + ((u * s_.rows + row) * VALUES + value) * PANEL;
  }
  const float* dy(long row) const {
    return io_.dy ? io_.dy + row * width() + direction_ * s_.output : nullptr;
  }

  void start(const Member& me) {
    gradients_.start(me);
    if (ROUNDS) {  // what fills the last instruction of a sum
      clear(delta_, delta_count_, me);
      clear(dy_, dy_count_, me);
    }
    clear(table_.total, s_.distinct * table_row(), me);
    clear(table_.lost, s_.distinct * table_row(), me);
    const Range batch(s_.batch, me.id, me.size);
    for (long b = batch.first; b < batch.last; b++) {
      for (long j = 0; j < panels(s_.output) * PANEL; j++)
        dh_[b * h_row_ + j] = io_.dhn && j < s_.output ? io_.dhn[state(b) * s_.output + j] : 0.0f;
      for (long j = 0; Cell::MEMORY && j < panels(s_.hidden) * PANEL; j++)
        dc(j / PANEL, b)[j % PANEL] =
            io_.dcn && j < s_.hidden ? io_.dcn[state(b) * s_.hidden + j] : 0.0f;
    }
  }

  void finish(const Member& me) {
    const Range batch(s_.batch, me.id, me.size);
    for (long b = batch.first; b < batch.last; b++) {
      for (long j = 0; j < s_.output; j++) io_.dh0[state(b) * s_.output + j] = dh_[b * h_row_ + j];
      for (long j = 0; Cell::MEMORY && j < s_.hidden; j++)
        io_.dc0[state(b) * s_.hidden + j] = dc(j / PANEL, b)[j % PANEL];
    }
  }

  void states_before(const Member& me, long from, long to) {
    const long first = order_.first_row(from, to);
    for (long index = from; index < to; index++) {
      const long known = order_.alive(index - 1);  // sequences that a step came before
      const Range batch(order_.alive(index), me.id, me.size);
      for (long b = batch.first; b < batch.last; b++) {
        const float* h =
            b < known ? io_.y + (order_.row(index - 1) + b) * width() + direction_ * s_.output
                      : io_.h0 + state(b) * s_.output;
        float* to_row = h_before_ + (order_.row(index) + b - first) * h_row_;
        for (long j = 0; j < s_.output; j++) to_row[j] = h[j];
      }
    }
  }

  void step(const WorkShare& mine, long index, long base) {
    const long row = order_.row(index), last = smaller(order_.alive(index), mine.batch.last),
               first = mine.batch.first;
    if (project_) {
      for (long b = first; b < last; b++) whole_gradient(mine, row + b, b, base);
      mine.group.barrier->wait();
    }
    for (long u = mine.units.first; u < mine.units.last; u++)
      for (Tiles t(last - first); t; t.next()) {
        alignas(64) float dm[TILE_ROWS * PANEL];
        const long b = first + t.first;
        if (project_)
          TILES[t.rows - 1](dy_ + (row + b - base) * h_row_, h_row_, w_.hr_panel(u), s_.output,
                            nullptr, 0, dm, PANEL);
        for (long r = 0; r < t.rows; r++) unit(u, index, row, b + r, base, dm + r * PANEL);
      }
    mine.group.barrier->wait();
    for (long p = mine.outputs.first; p < mine.outputs.last; p++)
      for (Tiles t(last - first, STEP_ROWS); t; t.next())
        recurrent(p, first + t.first, t.rows, row - base);
  }

  // With a projection: the gradient of h, from above and from the next step, for the own columns.
  void whole_gradient(const WorkShare& mine, long row, long b, long base) {
    const long end = smaller(mine.outputs.last * PANEL, s_.output);
    for (long j = mine.outputs.first * PANEL; j < end; j += W) {
      const Vec above = dy(row) ? get(dy(row) + j, end - j) : zero();
      const Vec whole = get(dh_ + b * h_row_ + j, end - j) + above;
      put(dy_ + (row - base) * h_row_ + j, whole, end - j);
      if (io_.dh_steps)
        put(io_.dh_steps + row * width() + direction_ * s_.output + j, whole, end - j);
    }
  }

  // The derivatives of the equations, for unit block u of sequence b.
  void unit(long u, long index, long first_row, long b, long base, const float* dm) {
    const long row = first_row + b;
    const bool known = b < order_.alive(index - 1);
    const long row_before = known ? order_.row(index - 1) + b : row;
    fetch_ahead(u, row, row_before);
    for (long lane = 0; lane < PANEL; lane += W) {
      const long unit = u * PANEL + lane, left = s_.hidden - unit;
      if (left <= 0) break;
      Vec value[Cell::SLOTS], delta[Cell::DELTAS];
      for (int i = 0; Cell::SAVES_SLOTS && i < Cell::SLOTS; i++)
        value[i] = load(saved(u, i, row) + lane);
      Step<Vec> step{};
      if (Cell::READS_H_BEFORE) step.h_before = load(h_before_ + (row - base) * h_row_ + unit);
      if (Cell::READS_H) step.h = get(io_.y + row * width() + direction_ * s_.output + unit, left);
      if (Cell::MEMORY) {
        step.c = load(saved(u, Cell::SLOTS, row) + lane);
        step.c_before = known ? load(saved(u, Cell::SLOTS, row_before) + lane)
                              : get(io_.c0 + state(b) * s_.hidden + unit, left);
        step.dc = load(dc(u, b) + lane);
      }
      if (project_)
        step.dh = load(dm + lane);
      else
        step.dh = load(dh_ + b * h_row_ + unit) + (dy(row) ? get(dy(row) + unit, left) : zero());
      const Back<Vec> back = Cell::backward(value, step, delta);
      if (io_.dh_steps && !project_)
        put(io_.dh_steps + row * width() + direction_ * s_.output + unit, step.dh, left);
      if (Cell::MEMORY && io_.dc_steps)
        put(io_.dc_steps + (row * s_.directions + direction_) * s_.hidden + unit, back.whole_dc,
            left);
      if constexpr (Cell::PROJECTABLE)
        if (project_) store(m_ + (row - base) * m_row_ + unit, Cell::hidden(value, step.c));
      if (Cell::READS_H_BEFORE) store(dh_ + b * h_row_ + unit, back.dh);
      if (Cell::MEMORY) store(dc(u, b) + lane, back.dc);
      for (int i = 0; i < Cell::DELTAS; i++)
        put(delta_ + (row - base) * delta_row_ + i * gate_row(s_) + unit, delta[i], left);
    }
  }

  // What was saved comes from far, in pieces too short for the processor to guess the next.
  void fetch_ahead(long u, long row, long row_before) const {
    const auto ahead = [&](long from) { return smaller(from + ROWS_AHEAD, s_.rows - 1); };
    if (Cell::SAVES_SLOTS) fetch(saved(u, 0, ahead(row)), VALUES * PANEL);
    if (Cell::MEMORY) fetch(saved(u, Cell::SLOTS, ahead(row_before)), PANEL);
    if (dy(row)) fetch(dy(ahead(row)) + u * PANEL, PANEL);
  }

  // The gradient of the h before: deltas times the recurrent weights, for output panel p.
  void recurrent(long p, long b, long rows, long row) {
    const Number *delta = delta_ + (row + b) * delta_row_, *panel = w_.hh_panel(p);
    float* dh = dh_ + b * h_row_ + p * PANEL;
    constexpr bool apart =
        holds_apart<Cell>();  // the last gate's recurrent product has a delta of its own
    const long together = (Cell::GATES - apart) * gate_row(s_);
    const auto run = [&](long from, const Number* weights, long K, const float* start) {
      multiply_rows(delta + from, delta_row_, rows, weights, K, start, h_row_, dh, h_row_,
                    FETCHING_TILES);
    };
    run(0, panel, together, Cell::READS_H_BEFORE ? dh : nullptr);
    if (apart) run(w_.depth(), panel + together * PANEL, s_.hidden, dh);
  }

  void products(const Member& me, long first, long rows) {
    const DeltaRows deltas = {delta_, delta_row_, rows};
    if (table_.total) {
      add_by_symbol(me, first, rows);
      gradients_.add_input_biases(me, deltas);
    } else {
      gradients_.add_inputs(me, deltas, io_.x + first * s_.inputs, true);
    }
    gradients_.add_states(me, deltas, h_before_, h_row_, true);
    gradients_.add_projection(me, {dy_, h_row_, rows}, m_, m_row_);
  }

  // The gradients of the inputs of steps [begin, end) of the chunk [from, to).
  void input_products(const Member& me, long from, long to, long begin, long end) {
    const long first = order_.first_row(begin, end), base = order_.first_row(from, to);
    input_gradients(me, delta_ + (first - base) * delta_row_, delta_row_, first,
                    order_.rows(begin, end));
  }

  // The gradients of rows [first, first + rows) of x.
  void input_gradients(const Member& me, const Number* delta, long delta_row, long first,
                       long rows) {
    const Range inputs(panels(s_.inputs), me.id, me.size);
    if (dx_)
      multiply(delta, delta_row, rows, {w_.ih, w_.depth(), s_.inputs, inputs.first, inputs.last},
               {dx_ + first * s_.inputs, s_.inputs}, FETCHING_TILES);
  }

  // The sums of all symbols as products read them.
  void round_table(const Member& me) {
    const Range mine(s_.distinct, me.id, me.size);
    for (long v = mine.first; v < mine.last; v++)
      for (long j = 0; j < w_.depth(); j += W)
        put(table_read_ + v * table_row() + j,
            get(table_.total + v * table_row() + j, w_.depth() - j), w_.depth() - j);
    me.barrier->wait();
  }

  void add_by_symbol(const Member& me, long first, long rows) {
    const Range blocks((w_.depth() + W - 1) / W, me.id, me.size);
    for (long row = 0; row < rows; row++) {
      const Number* delta = delta_ + row * delta_row_;
      const long start = s_.symbol[first + row] * table_row();
      for (long column = blocks.first * W; column < blocks.last * W; column += W) {
        const long left = w_.depth() - column;
        float* sum = table_.total + start + column;
        if (table_.lost)
          table_.add(start + column, get(delta + column, left), left);
        else
          put(sum, get(sum, left) + get(delta + column, left), left);
      }
    }
  }
};

}  // namespace recurra::RECURRA_ISA
