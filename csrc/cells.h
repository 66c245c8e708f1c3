// The cells: each its elementwise equations and their derivatives, on one vector of units; the time loop is shared.
//
// Slots are the values a step has of each unit. Before `forward` a slot holds the products W_x x + W_h h + b of its gate;
// after it the activated gate, which is what training keeps and `backward` reads. The GRU's last slot is the recurrent
// product W_hn h + b_hn, kept apart because the reset gate multiplies it.
#pragma once

#include "vector.h"

namespace recurra::RECURRA_ISA {

// What `backward` knows of a step besides the slots, and what it answers.
struct Step {
  Vec h_before, h, c_before, c;  // states before and after; only those that the cell says it reads are given
  Vec dh, dc;                    // gradients of the states after the step
};

struct Back {
  Vec dh, dc;  // gradients of the states before, without what flows through the recurrent product
};

template <bool RELU>
struct RnnCell {
  static constexpr int GATES = 1;      // blocks of rows in the weight matrices
  static constexpr int SLOTS = 1;      // values of a step
  static constexpr int KEPT = 0;       // slots that training keeps; the output is enough here
  static constexpr int DELTAS = 1;     // gradients of a step: those of the gates' products
  static constexpr bool MEMORY = false;  // a second state, c
  static constexpr bool READS_H_BEFORE = false, READS_H = true;

  static Vec forward(Vec* slot, Vec, Vec&) { return RELU ? (slot[0] < 0.0f ? zero() : slot[0]) : tanh(slot[0]); }

  static Back backward(const Vec*, const Step& s, Vec* delta) {
    delta[0] = RELU ? (s.h <= 0.0f ? zero() : s.dh) : s.dh * (1.0f - s.h * s.h);
    return {zero(), zero()};
  }
};

struct LstmCell {
  static constexpr int GATES = 4, SLOTS = 4, KEPT = 4, DELTAS = 4;
  static constexpr bool MEMORY = true;
  static constexpr bool READS_H_BEFORE = false, READS_H = false;

  static Vec forward(Vec* slot, Vec, Vec& c) {
    const Vec i = sigmoid(slot[0]), f = sigmoid(slot[1]), g = tanh(slot[2]), o = sigmoid(slot[3]);
    c = f * c + i * g;
    slot[0] = i, slot[1] = f, slot[2] = g, slot[3] = o;
    return o * tanh(c);
  }

  static Back backward(const Vec* slot, const Step& s, Vec* delta) {
    const Vec i = slot[0], f = slot[1], g = slot[2], o = slot[3];
    const Vec t = tanh(s.c);
    const Vec dc = s.dc + s.dh * o * (1.0f - t * t);
    delta[0] = dc * g * i * (1.0f - i);
    delta[1] = dc * s.c_before * f * (1.0f - f);
    delta[2] = dc * i * (1.0f - g * g);
    delta[3] = s.dh * t * o * (1.0f - o);
    return {zero(), dc * f};
  }
};

struct GruCell {
  static constexpr int GATES = 3, SLOTS = 4, KEPT = 4, DELTAS = 4;
  static constexpr bool MEMORY = false;
  static constexpr bool READS_H_BEFORE = true, READS_H = false;

  static Vec forward(Vec* slot, Vec h, Vec&) {
    const Vec r = sigmoid(slot[0]), z = sigmoid(slot[1]);
    const Vec n = tanh(slot[2] + r * slot[3]);
    slot[0] = r, slot[1] = z, slot[2] = n;
    return (1.0f - z) * n + z * h;
  }

  // Deltas 0, 1, 2 are those of the input products; 0, 1, 3 those of the recurrent products.
  static Back backward(const Vec* slot, const Step& s, Vec* delta) {
    const Vec r = slot[0], z = slot[1], n = slot[2], u = slot[3];
    const Vec dn = s.dh * (1.0f - z) * (1.0f - n * n);
    delta[0] = dn * u * r * (1.0f - r);
    delta[1] = s.dh * (s.h_before - n) * z * (1.0f - z);
    delta[2] = dn;
    delta[3] = dn * r;
    return {s.dh * z, zero()};
  }
};

// The delta that belongs to gate g's recurrent product, and the slot that this product is added to.
template <class Cell>
constexpr int recurrent_slot(int gate) {
  return Cell::SLOTS > Cell::GATES && gate == Cell::GATES - 1 ? Cell::SLOTS - 1 : gate;
}

}  // namespace recurra::RECURRA_ISA
