// One step of a convolutional recurrence: the recurrent convolution with the cell's equations on
// its outputs, before these leave the cache; and the equations' derivatives.
//
// A pixel of `gates` holds SLOTS blocks of C channels, one of `deltas` DELTAS blocks.
#pragma once

#include "cells.h"
#include "winograd.h"

namespace recurra::RECURRA_ISA {

template <class Cell>
void conv_cell_forward(const ConvStep& s, int threads) {
  const Channels outputs = {Cell::GATES, s.channels, 0, {}};  // where they lie is not asked
  const Frames h = {s.h_before, s.frames, s.height, s.width, {1, s.channels, s.channels, {}}};
  const long C = s.channels, of_block = vectors_of_block(outputs);
  convolve(h, s.packed, outputs, threads,
           [&](const TileGrid& grid, long first, long count, const TileOutputs& convolved) {
             for (long tile = 0; tile < count; tile++) {
               const TileGrid::Place p = grid.place(first + tile);
               const long bottom = smaller(p.top + OUT, s.height),
                          right = smaller(p.left + OUT, s.width);
               for (long vector = 0; vector < of_block; vector++) {
                 const long channel = vector * W, lanes = C - channel;
                 Vec product[Cell::GATES][OUT * OUT], bias[Cell::GATES];
                 for (int g = 0; g < Cell::GATES; g++) {
                   convolved.pixels(tile, g * C + channel, product[g]);
                   bias[g] = s.bias ? get(s.bias + g * C + channel, lanes) : zero();
                 }
                 for (long y = p.top; y < bottom; y++)
                   for (long x = p.left; x < right; x++) {
                     const long pixel = grid.pixel(p, y, x), at = pixel * C + channel;
                     float* gates = s.gates + pixel * Cell::SLOTS * C + channel;
                     Vec slot[Cell::SLOTS];
                     for (int g = 0; g < Cell::GATES; g++) {
                       const Vec u = product[g][(y - p.top) * OUT + x - p.left] + bias[g];
                       slot[g] = get(gates + g * C, lanes);
                       if (recurrent_slot<Cell>(g) == g)
                         slot[g] += u;
                       else
                         slot[Cell::SLOTS - 1] = u;
                     }
                     Vec c = Cell::MEMORY && s.c_before ? get(s.c_before + at, lanes) : zero();
                     const Vec before =
                         Cell::READS_H_BEFORE && s.h_before ? get(s.h_before + at, lanes) : zero();
                     put(s.h + at, Cell::forward(slot, before, c), lanes);
                     if (Cell::MEMORY) put(s.c + at, c, lanes);
                     for (int g = 0; g < Cell::SLOTS; g++) put(gates + g * C, slot[g], lanes);
                   }
               }
             }
           });
}

template <class Cell>
void conv_cell_backward(const ConvStep& s, const ConvStepGradients& g, int threads) {
  const long C = s.channels, pixels = s.frames * s.height * s.width;
#pragma omp parallel num_threads(threads)
  {
    const DenormalsFlushed flushed;
#pragma omp for
    for (long pixel = 0; pixel < pixels; pixel++)
      for (long channel = 0; channel < C; channel += W) {
        const long at = pixel * C + channel, lanes = C - channel;
        const auto read = [&](const float* from) { return from ? get(from + at, lanes) : zero(); };
        Vec slot[Cell::SLOTS], delta[Cell::DELTAS];
        for (int i = 0; i < Cell::SLOTS; i++)
          slot[i] = get(s.gates + pixel * Cell::SLOTS * C + i * C + channel, lanes);
        Step<Vec> step = {};
        if (Cell::READS_H_BEFORE) step.h_before = read(s.h_before);
        if (Cell::READS_H) step.h = read(s.h);
        if (Cell::MEMORY) step.c_before = read(s.c_before), step.c = read(s.c);
        step.dh = read(g.dy) + read(g.dh);
        if (Cell::MEMORY) step.dc = read(g.dc);
        const Back<Vec> back = Cell::backward(slot, step, delta);
        for (int i = 0; i < Cell::DELTAS; i++)
          put(g.deltas + pixel * Cell::DELTAS * C + i * C + channel, delta[i], lanes);
        put(g.dh + at, back.dh, lanes);
        if (Cell::MEMORY) put(g.dc + at, back.dc, lanes);
      }
  }
}

}  // namespace recurra::RECURRA_ISA
