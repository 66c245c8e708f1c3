// What training has saved of the steps of one direction, and the tangents of the same.
#pragma once

#include "recurrence.h"

namespace recurra::RECURRA_ISA {

// A vector of units: those of a block from `lane` on, of which so many are left in the layer.
//   for (Units at(u, hidden); at; at.next()) ... at.first ...
struct Units {
  long block, lane = 0, first, left;

  Units(long u, long hidden) : block(u), first(u * PANEL), left(hidden - first) {}
  explicit operator bool() const { return lane < PANEL && left > 0; }
  void next() { lane += W, first += W, left -= W; }
};

template <class Cell>
class SavedSteps {
 public:
  static constexpr long TANGENTS = Cell::SLOTS + Cell::MEMORY;  // of each unit: slots and memory
  static long floats(const Shape& s) { return panels(s.hidden) * s.rows * TANGENTS * PANEL; }

  // tangents: room for [unit block][N][slot][PANEL], those of an LSTM's memory after the slots.
  SavedSteps(const Shape& shape, const DoubleBackward& io, const long* offset, int direction,
             float* tangents)
      : s(shape),
        order{shape, offset, direction == 1},
        io_(io),
        direction_(direction),
        tangents_(tangents) {
    saved_ = io.saved + direction * panels(s.hidden) * s.rows * VALUES * PANEL;
  }

  const Shape& s;
  StepOrder order;

  float* tangent(long u, int i, long row) const {
    return tangents_ + ((u * s.rows + row) * TANGENTS + i) * PANEL;
  }
  float* tangent(const Units& at, int i, long row) const {
    return tangent(at.block, i, row) + at.lane;
  }

  // Slot i of a row: the gate, and its tangent or, before the equations, that of its product.
  Dual slot(const Units& at, int i, long row) const {
    const Vec value =
        Cell::SAVES_SLOTS ? load(saved(at, i, row)) : get(y(row) + at.first, at.left);
    return {value, load(tangent(at, i, row))};
  }

  // The states after a row.
  Dual c(const Units& at, long row) const {
    return {load(saved(at, Cell::SLOTS, row)), load(tangent(at, Cell::SLOTS, row))};
  }
  Dual h(const Units& at, long row) const {
    return {get(y(row) + at.first, at.left), get(y_tangent(row) + at.first, at.left)};
  }

  // The states of sequence b before a step.
  Dual c_before(const Units& at, long index, long b) const {
    if (has_before(index, b)) return c(at, order.row(index - 1) + b);
    const long first = state(b, s.hidden) + at.first;
    return {get(io_.c0 + first, at.left), get_or_zeros(io_.c0_tangent, first, at.left)};
  }
  Dual h_before(const Units& at, long index, long b) const {
    if (has_before(index, b)) return h(at, order.row(index - 1) + b);
    const long first = state(b, s.output) + at.first;
    return {get(io_.h0 + first, at.left), get_or_zeros(io_.h0_tangent, first, at.left)};
  }
  // The whole h before, P numbers; of the tangents null for zeros.
  const float* whole_h_before(long index, long b) const {
    return has_before(index, b) ? y(order.row(index - 1) + b) : io_.h0 + state(b, s.output);
  }
  const float* whole_h_before_tangent(long index, long b) const {
    if (has_before(index, b)) return y_tangent(order.row(index - 1) + b);
    return io_.h0_tangent ? io_.h0_tangent + state(b, s.output) : nullptr;
  }

  float* y_tangent(long row) const { return io_.y_tangent + place_in_y(row); }
  // The gradient of h after a row.
  const float* dh(long row) const { return io_.dh_steps + place_in_y(row); }
  long dh_row() const { return s.directions * s.output; }
  // Where the states of sequence b are, in tensors of so many units.
  long state(long b, long width) const { return (direction_ * s.batch + b) * width; }

 private:
  static constexpr long VALUES = saved_per_unit<Cell>();

  const DoubleBackward& io_;
  int direction_;
  const float* saved_;
  float* tangents_;

  bool has_before(long index, long b) const { return b < order.alive(index - 1); }
  const float* saved(const Units& at, int value, long row) const {
    return saved_ + ((at.block * s.rows + row) * VALUES + value) * PANEL + at.lane;
  }
  long place_in_y(long row) const { return (row * s.directions + direction_) * s.output; }
  const float* y(long row) const { return io_.y + place_in_y(row); }
  static Vec get_or_zeros(const float* from, long first, long left) {
    return from ? get(from + first, left) : zero();
  }
};

// `count` numbers, or zeros where there are none.
inline void copy_or_clear(const float* from, long count, float* to) {
  for (long j = 0; j < count; j++) to[j] = from ? from[j] : 0.0f;
}

}  // namespace recurra::RECURRA_ISA
