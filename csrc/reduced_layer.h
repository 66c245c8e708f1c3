// A recurrent layer over weights of fewer bits: its products by int8_product.h or bf16_product.h,
// its states, gates and sums of products in float32.
#pragma once

#include "cells.h"
#include "kernels.h"
#include "reduced.h"
#include "team.h"

namespace recurra::RECURRA_ISA {

template <class Cell, class Numbers>
class ReducedLayer {
 public:
  using Rows = typename Numbers::Rows;

  // One step of B streams. The products of the input are taken of `x`, or read from `products`.
  struct Step {
    long batch;             // B
    const Rows* x;          // (B, I), or null
    const float* products;  // as `multiply_inputs` left them; read where x is null
    const int64_t* which;   // (B): the row of `products` of each stream; null: its own number
    const Rows* h_rows;     // h, rounded
    const float *h, *c;     // (B, H) each; c only for a cell with memory
    float *h_out, *c_out;   // (B, H) each; c_out may be c
    float* y = nullptr;     // (B, H) filled with h_out and `added`, or null
    const float* added = nullptr;  // (B, H), or null
  };

  void pack(const Weights& w, long inputs, long hidden, Arena& memory) {
    hidden_ = hidden;
    const long blocks = blocks_of(hidden);
    const auto row = [hidden](int gate, long unit) {
      return unit < hidden ? gate * hidden + unit : -1;
    };
    ih_.pack(Columns<decltype(row)>{w.ih, inputs, blocks, row}, memory);
    hh_.pack(Columns<decltype(row)>{w.hh, hidden, blocks, row}, memory);
    bias_ = memory.floats(blocks * Cell::SLOTS * W);
    for (long unit = 0; unit < blocks * W; unit++)
      for (int gate = 0; gate < Cell::GATES; gate++) {
        const long at = row(gate, unit);
        const float from_input = at >= 0 && w.b_ih ? w.b_ih[at] : 0.0f;
        const float from_state = at >= 0 && w.b_hh ? w.b_hh[at] : 0.0f;
        const int slot = recurrent_slot<Cell>(gate);
        float* bias = bias_ + unit / W * Cell::SLOTS * W + unit % W;
        bias[gate * W] = slot == gate ? from_input + from_state : from_input;
        if (slot != gate) bias[slot * W] = from_state;
      }
  }

  // Floats of the products of a row: [block][gate][W].
  long product_floats() const { return blocks_of(hidden_) * Cell::GATES * W; }

  // The products of rows of inputs with the weights of some blocks of units.
  void multiply_inputs(const Rows& x, long rows, const Range& blocks, float* products) const {
    const typename Numbers::Registers registers(rows);
    for (long block = blocks.first; block < blocks.last; block++)
      for_tiles<Numbers>(rows, [&](long first, long count, auto most) {
        constexpr int R = decltype(most)::value;
        Vec product[R][Cell::GATES];
        ih_.template multiply<R>(block, x, first, product);
        for (int r = 0; r < count; r++)
          for (int gate = 0; gate < Cell::GATES; gate++)
            store(products + (first + r) * product_floats() + (block * Cell::GATES + gate) * W,
                  product[r][gate]);
      });
  }

  // Some blocks of units.
  void run(const Step& step, const Range& blocks) const {
    const typename Numbers::Registers registers(step.batch);
    for (long block = blocks.first; block < blocks.last; block++)
      for_tiles<Numbers>(step.batch, [&](long first, long rows, auto most) {
        units<decltype(most)::value>(step, block, first, rows);
      });
  }

 private:
  using Matrix = typename Numbers::template Weights<Cell::GATES>;
  long hidden_ = 0;
  Matrix ih_, hh_;
  float* bias_ = nullptr;  // [block][slot][W]

  void read_products(const Step& step, long block, long first, long rows,
                     Vec (*to)[Cell::GATES]) const {
    for (long r = 0; r < rows; r++) {
      const long row = step.which ? step.which[first + r] : first + r;
      const float* from = step.products + row * product_floats() + block * Cell::GATES * W;
      for (int gate = 0; gate < Cell::GATES; gate++) to[r][gate] = load(from + gate * W);
    }
  }

  // Streams [first, first + rows) of a block of units; R is at least `rows`.
  template <int R>
  void units(const Step& step, long block, long first, long rows) const {
    Vec of_x[R][Cell::GATES], of_h[R][Cell::GATES];
    if (step.x)
      ih_.template multiply<R>(block, *step.x, first, of_x);
    else
      read_products(step, block, first, rows, of_x);
    hh_.template multiply<R>(block, *step.h_rows, first, of_h);
    const float* bias = bias_ + block * Cell::SLOTS * W;
    const long left = hidden_ - block * W;
    for (long r = 0; r < rows; r++) {
      Vec slot[Cell::SLOTS];
      for (int gate = 0; gate < Cell::GATES; gate++) {
        const int to = recurrent_slot<Cell>(gate);
        if (to == gate) {
          slot[gate] = of_x[r][gate] + of_h[r][gate] + load(bias + gate * W);
        } else {
          slot[gate] = of_x[r][gate] + load(bias + gate * W);
          slot[to] = of_h[r][gate] + load(bias + to * W);
        }
      }
      const long at = (first + r) * hidden_ + block * W;
      Vec memory = Cell::MEMORY ? get(step.c + at, left) : zero();
      const Vec after = Cell::forward(slot, get(step.h + at, left), memory);
      put(step.h_out + at, after, left);
      if (Cell::MEMORY) put(step.c_out + at, memory, left);
      if (step.y) put(step.y + at, step.added ? after + get(step.added + at, left) : after, left);
    }
  }
};

}  // namespace recurra::RECURRA_ISA
