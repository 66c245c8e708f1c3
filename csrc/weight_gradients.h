// The gradients of the weights of one direction: sums over the rows of all steps, in which chunk
// after chunk is added.
#pragma once

#include "recurrence.h"
#include "transposed_product.h"

namespace recurra::RECURRA_ISA {

// Gradients of so many rows, `row` apart: of the products, DELTAS H each, or of projected states.
struct DeltaRows {
  const Number* start;
  long row, count;
};

template <class T>
void clear(T* p, long count, const Member& me) {
  const Range mine(count, me.id, me.size);
  for (long i = mine.first; p && i < mine.last; i++) p[i] = T{};
}

// Called by the whole team, but for the constructor.
template <class Cell>
class WeightGradients {
 public:
  using Gradients = typename Backward::Gradients;

  WeightGradients(const Shape& s, const Gradients& gradients, Arena& arena, int threads)
      : s_(s), g_(gradients), many_(s.rows > MANY_ROWS) {
    const long widest = larger(s.inputs, larger(s.output, s.hidden));
    const long deepest = depth_for(depth() * widest);
    thread_numbers_ = TransposedScratch::thread_numbers(deepest);
    scratch_.shared = numbers(arena, TransposedScratch::shared_numbers(widest, deepest));
    scratch_.of_thread = numbers(arena, thread_numbers_ * threads);
    b_ih_ = {g_.b_ih, g_.b_ih ? arena.floats(depth()) : nullptr};
    b_hh_ = {g_.b_hh, g_.b_hh ? arena.floats(depth()) : nullptr};
    gathered_[0] = {g_.ih, nullptr, depth() * s.inputs};
    gathered_[1] = {g_.hh, nullptr, depth() * s.output};
    gathered_[2] = {g_.hr, nullptr, s.output * s.hidden};
    for (Gathered& one : gathered_)
      if (one.part && many_) one.total = arena.doubles(one.count);
  }

  void start(const Member& me) {
    for (const Gathered& one : gathered_) {
      clear(one.part, one.count, me);
      clear(one.total, one.count, me);
    }
    for (const Sums& sums : {b_ih_, b_hh_}) {
      clear(sums.total, depth(), me);
      clear(sums.lost, depth(), me);
    }
  }

  // What deltas of rows with inputs x (I each) add.
  void add_inputs(const Member& me, const DeltaRows& d, const float* x, bool biases) {
    if (g_.ih)
      of_gates(me, d, 0, Cell::GATES, x, s_.inputs, s_.inputs, g_.ih, biases ? b_ih_ : Sums{});
    else if (biases)
      add_input_biases(me, d);
  }

  void add_input_biases(const Member& me, const DeltaRows& d) {
    add_rows(me, d, 0, Cell::GATES, b_ih_);
  }

  // What deltas of rows with states before the steps, `h_row` apart, add.
  void add_states(const Member& me, const DeltaRows& d, const float* h, long h_row, bool biases) {
    constexpr bool apart = holds_apart<Cell>();
    add_state_gates(me, d, 0, {0, Cell::GATES - apart}, h, h_row, biases);
    if (apart) add_state_gates(me, d, Cell::GATES, {Cell::GATES - 1, 1}, h, h_row, biases);
  }

  // What the gradients of projected states add to those of the projection, which reads m.
  void add_projection(const Member& me, const DeltaRows& dy, const float* m, long m_row) {
    if (g_.hr)
      transposed(
          me,
          {dy.start, dy.row, 0, m, m_row, 1, s_.output, s_.hidden, dy.count, g_.hr, {}, many_});
  }

  // After `rows` were added since it was done last: take them out of float32, where they are many.
  // Returns how many there are then.
  long gather_many(const Member& me, long rows) {
    if (!many_ || rows < MANY_ROWS) return rows;
    me.barrier->wait();
    for_share(me, gather);
    return 0;
  }

  void finish(const Member& me) {
    if (!many_) return;
    me.barrier->wait();
    for_share(me, gathered);
  }

 private:
  const Shape& s_;
  const Gradients& g_;
  const bool many_;  // whether rows are so many that sums over them need care,
  struct Gathered {  // and the gradients are gathered in double
    float* part;
    double* total;
    long count;
  } gathered_[3] = {};
  Sums b_ih_, b_hh_;
  TransposedScratch scratch_;
  long thread_numbers_;  // of the scratch

  long depth() const { return Cell::GATES * s_.hidden; }

  struct Gates {
    int first, count;
  };
  // Of the deltas those from gate `from` on.
  void add_state_gates(const Member& me, const DeltaRows& d, int from, const Gates& gates,
                       const float* h, long h_row, bool biases) {
    const Sums sums = biases ? b_hh_.from(gates.first * s_.hidden) : Sums{};
    if (g_.hh)
      of_gates(me, d, from, gates.count, h, h_row, s_.output,
               g_.hh + gates.first * s_.hidden * s_.output, sums);
    else
      add_rows(me, d, from, gates.count, sums);
  }

  // c (count H, N) += what deltas of gates from `from` on give with b (N each); gates that lie
  // side by side are one.
  void of_gates(const Member& me, const DeltaRows& d, int from, int count, const float* b,
                long b_row, long N, float* c, const Sums& sums) {
    const long gate = gate_row(s_), side_by_side = gate == s_.hidden ? count : 1;
    transposed(me, {d.start + from * gate, d.row, gate, b, b_row, count / side_by_side,
                    side_by_side * s_.hidden, N, d.count, c, sums, many_});
  }

  void transposed(const Member& me, const TransposedProduct& product) {
    multiply_transposed(me, product,
                        {scratch_.shared, scratch_.of_thread + me.id * thread_numbers_});
  }

  void add_rows(const Member& me, const DeltaRows& d, int from, int count, const Sums& to) {
    const Range blocks((s_.hidden + W - 1) / W, me.id, me.size);
    for (int gate = 0; to.total && gate < count; gate++)
      for (long column = blocks.first * W; column < smaller(blocks.last * W, s_.hidden);
           column += W)
        to.from(gate * s_.hidden)
            .add_rows(d.start + (from + gate) * gate_row(s_), d.row, d.count, column,
                      s_.hidden - column);
  }

  template <class Work>
  void for_share(const Member& me, const Work& work) const {
    for (const Gathered& one : gathered_) {
      const Range mine(one.count, me.id, me.size);
      if (one.part) work(one.part + mine.first, one.total + mine.first, mine.last - mine.first);
    }
  }
};

}  // namespace recurra::RECURRA_ISA
