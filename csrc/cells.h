// The cells: each its elementwise equations and their derivatives, on one vector of units; the
// time loop is shared.
//
// Slots are the values a step has of each unit. Before `forward` a slot holds the products W_x x +
// W_h h + b of its gate; after it the activated gate, which is what training saves and `backward`
// reads. The GRU's last slot is the recurrent product W_hn h + b_hn, held apart because the reset
// gate multiplies it.
//
// The equations are written for any number N: for vectors of floats, and for dual numbers, which
// carry derivatives along (dual.h). Of a dual slot, `forward` is given the gate, which is
// activated already, and the tangent of its product.
//
// A cell is added by its struct and its place in `FusedCells`; Python knows it by its record in
// src/recurra/kernels/fused_cells.py, which is compared with this file when the kernels are
// loaded.
#pragma once

#include "dual.h"

namespace recurra::RECURRA_ISA {

// What `backward` knows of a step besides the slots, and what it answers.
template <class N>
struct Step {
  N h_before, h, c_before, c;  // states before and after; only those that the cell says it reads
  N dh, dc;                    // gradients of the states after the step
};

template <class N>
struct Back {
  N dh, dc;  // gradients of the states before, without what flows through the recurrent product
  N whole_dc = N{};  // that of c after the step, with what flows through h at the same step
};

// --- activations of slots -----------------------------------------------------------------------

inline void apply_sigmoid(Vec& slot) { slot = sigmoid(slot); }
inline void apply_sigmoid(Dual& slot) { slot.tangent *= slot.value * (1.0f - slot.value); }

inline void apply_tanh(Vec& slot) { slot = tanh(slot); }
inline void apply_tanh(Dual& slot) { slot.tangent *= 1.0f - slot.value * slot.value; }

// With something added to the product.
inline void apply_tanh(Vec& slot, Vec more) { slot = tanh(slot + more); }
inline void apply_tanh(Dual& slot, const Dual& more) {
  slot.tangent += more.tangent;
  apply_tanh(slot);
}

inline void apply_relu(Vec& slot) { slot = slot < 0.0f ? zero() : slot; }
inline void apply_relu(Dual& slot) { slot.tangent = slot.value <= 0.0f ? zero() : slot.tangent; }

// The gradient of a product from that of its relu, y.
inline Vec back_through_relu(Vec y, Vec dy) { return y <= 0.0f ? zero() : dy; }
inline Dual back_through_relu(const Dual& y, const Dual& dy) {
  return {back_through_relu(y.value, dy.value), back_through_relu(y.value, dy.tangent)};
}

// --- the cells ----------------------------------------------------------------------------------

// What most cells have in common; a cell says what differs.
struct CellTraits {
  static constexpr bool SAVES_SLOTS =
      true;  // whether `backward` reads the slots, or the output is enough
  static constexpr bool MEMORY = false;  // a second state, c
  static constexpr bool PROJECTABLE =
      false;  // whether h may be projected; the cell then has `hidden`
  static constexpr bool READS_H_BEFORE =
      false;  // whether the equations read h before the step besides the products,
  static constexpr bool READS_H = false;  // and their derivatives h after it
};

template <bool RELU>
struct RnnCell : CellTraits {
  static constexpr const char* NAME = RELU ? "rnn_relu" : "rnn_tanh";
  static constexpr int GATES = 1;   // blocks of rows in the weight matrices
  static constexpr int SLOTS = 1;   // values of a step
  static constexpr int DELTAS = 1;  // gradients of a step: those of the gates' products
  static constexpr bool SAVES_SLOTS = false, READS_H = true;

  template <class N>
  static N forward(N* slot, N, N&) {
    RELU ? apply_relu(slot[0]) : apply_tanh(slot[0]);
    return slot[0];
  }

  template <class N>
  static Back<N> backward(const N*, const Step<N>& s, N* delta) {
    delta[0] = RELU ? back_through_relu(s.h, s.dh) : s.dh * (1.0f - s.h * s.h);
    return {N{}, N{}};
  }
};

struct LstmCell : CellTraits {
  static constexpr const char* NAME = "lstm";
  static constexpr int GATES = 4, SLOTS = 4, DELTAS = 4;
  static constexpr bool MEMORY = true, PROJECTABLE = true;

  template <class N>
  static N forward(N* slot, N, N& c) {
    apply_sigmoid(slot[0]), apply_sigmoid(slot[1]), apply_tanh(slot[2]), apply_sigmoid(slot[3]);
    c = slot[1] * c + slot[0] * slot[2];
    return hidden(slot, c);
  }

  // h of a step from what is saved of it: of a projected layer, y holds its projection only.
  template <class N>
  static N hidden(const N* slot, N c) {
    return slot[3] * tanh(c);
  }

  template <class N>
  static Back<N> backward(const N* slot, const Step<N>& s, N* delta) {
    const N i = slot[0], f = slot[1], g = slot[2], o = slot[3];
    const N t = tanh(s.c);
    const N dc = s.dc + s.dh * o * (1.0f - t * t);
    delta[0] = dc * g * i * (1.0f - i);
    delta[1] = dc * s.c_before * f * (1.0f - f);
    delta[2] = dc * i * (1.0f - g * g);
    delta[3] = s.dh * t * o * (1.0f - o);
    return {N{}, dc * f, dc};
  }
};

struct GruCell : CellTraits {
  static constexpr const char* NAME = "gru";
  static constexpr int GATES = 3, SLOTS = 4, DELTAS = 4;
  static constexpr bool READS_H_BEFORE = true;

  template <class N>
  static N forward(N* slot, N h, N&) {
    apply_sigmoid(slot[0]), apply_sigmoid(slot[1]);
    apply_tanh(slot[2], slot[0] * slot[3]);
    const N z = slot[1], n = slot[2];
    return (1.0f - z) * n + z * h;
  }

  // Deltas 0, 1, 2 are those of the input products; 0, 1, 3 those of the recurrent products.
  template <class N>
  static Back<N> backward(const N* slot, const Step<N>& s, N* delta) {
    const N r = slot[0], z = slot[1], n = slot[2], u = slot[3];
    const N dn = s.dh * (1.0f - z) * (1.0f - n * n);
    delta[0] = dn * u * r * (1.0f - r);
    delta[1] = s.dh * (s.h_before - n) * z * (1.0f - z);
    delta[2] = dn;
    delta[3] = dn * r;
    return {s.dh * z, N{}};
  }
};

// --- the table ----------------------------------------------------------------------------------

template <class... Cells>
struct CellList {
  static constexpr int SIZE = sizeof...(Cells);
};

// All of them; the place of a cell is its number.
using FusedCells = CellList<RnnCell<false>, RnnCell<true>, LstmCell, GruCell>;

// Call `work` with a value of the type of cell `number`, which is below FusedCells::SIZE.
template <class Work, class First, class... Rest>
auto with_cell(int number, const Work& work, CellList<First, Rest...>) {
  if constexpr (sizeof...(Rest) > 0)
    if (number > 0) return with_cell(number - 1, work, CellList<Rest...>{});
  return work(First{});
}

// Numbers that training saves of each unit and step: all slots, and the memory after the step.
template <class Cell>
constexpr int saved_per_unit() {
  static_assert(Cell::SAVES_SLOTS || !Cell::MEMORY, "`backward` reads the memory of each step");
  return Cell::SAVES_SLOTS ? Cell::SLOTS + Cell::MEMORY : 0;
}

// Whether the last gate's two products are held apart.
template <class Cell>
constexpr bool holds_apart() {
  return Cell::SLOTS > Cell::GATES;
}

// The delta that belongs to gate g's recurrent product, and the slot that this product is added
// to.
template <class Cell>
constexpr int recurrent_slot(int gate) {
  return holds_apart<Cell>() && gate == Cell::GATES - 1 ? Cell::SLOTS - 1 : gate;
}

}  // namespace recurra::RECURRA_ISA
