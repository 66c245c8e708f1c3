// What the kernels offer, the same for every instruction set. T steps, B sequences, I inputs, H
// units, P outputs.
//
// Rows are packed as in PyTorch's PackedSequence: of the first step all B sequences, the longest
// first, then of the next step those still alive; N rows in all. A batch of equal lengths is the
// same with B alive at every step.
#pragma once

#include <cstdint>

namespace recurra {

enum class Function { exp, sigmoid, tanh };

// What a cell of cells.h says of itself, to be compared with its record in Python.
struct CellFacts {
  const char* name;
  int gates, saved_per_unit;
  bool has_memory, is_projectable, sums_products;
};

// One layer in one direction. Gates are blocks of rows, in PyTorch's order; G of them.
struct Weights {
  const float* ih;    // (G H, I)
  const float* hh;    // (G H, P)
  const float* b_ih;  // (G H), or null
  const float* b_hh;  // (G H), or null
  const float* hr;    // (P, H) the projection, or null where P = H
};

struct Shape {
  int cell;                     // its number, the place in cells.h
  long inputs, hidden, output;  // I, H, P
  long steps, batch, rows;      // T, B, N
  const long* alive;            // (T) sequences alive at each step, never rising
  int directions;               // 1 or 2; the second reads from the last step to the first
  long distinct;                // V rows of x: N, or as many as there are symbols
  const int64_t* symbol;  // (N) the row of x that each row reads, from 0 to V - 1; null where each
                          // reads its own
};

// What a forward pass reads and fills; with training, `saved` is filled for `backward`.
struct Forward {
  const float* x;        // (V, I)
  const float *h0, *c0;  // (D, B, P), (D, B, H)
  float* y;              // (N, D P)
  float *hn, *cn;        // as h0, c0
  // (D, U, N, K, panel): K values of each row, for U panels of units; null without training and
  // for an RNN. GRU: 4 activated gates. LSTM: the same, and the memory c after the step.
  float* saved;
};

struct Backward {
  const float *x, *h0, *c0, *y, *saved;  // as in Forward
  const float *dy, *dhn, *dcn;           // gradients of y, hn, cn; null for zeros
  float *dx, *dh0, *dc0;                 // filled; dx may be null
  // Filled with the gradients of h and c after each step, (N, D P) and (N, D H), of c with what it
  // does to h at the same step; may be null.
  float *dh_steps, *dc_steps;
  struct Gradients {
    float *ih, *hh, *b_ih, *b_hh, *hr;  // filled; as Weights; any may be null
  } weights[2];
};

// Double backward: the derivatives of all results and gradients along a direction, in which
// inputs, states and weights move by their tangents while the gradients of the results stay.
struct DoubleBackward {
  const float *x, *h0, *c0, *y, *saved;              // as in Forward; x is (N, I)
  const float *dh_steps, *dcn;                       // as in Backward, which filled the first
  const float *x_tangent, *h0_tangent, *c0_tangent;  // as x, h0, c0; null for zeros
  Weights weight_tangents[2];                        // any may be null, for zeros
  // Filled with the tangents of the results and of the gradients; dx_tangent may be null.
  float *y_tangent, *hn_tangent, *cn_tangent, *dx_tangent, *dh0_tangent, *dc0_tangent;
  Backward::Gradients weights[2];  // filled likewise; any may be null
};

// One step of B streams through a stack of L layers.
struct StackStep {
  long batch;            // B
  const float* x;        // (B, I); with `symbols` only a residual connection reads it
  const float *h, *c;    // (L, B, H) each; c only for a cell with memory
  float *h_out, *c_out;  // filled; as h and c
  float*
      y;  // (B, H) filled with the sum of the last layer's input and output; only with `residual`
  const int64_t* symbols = nullptr;  // (B): which of the known inputs each stream reads, or null
};

// A stack of layers of one direction, its weights packed for steps. Delete it when done.
class Stack {
 public:
  virtual ~Stack() = default;
  // Multiply all inputs that there will be, (count, I), so that steps may name them by number.
  virtual void know_inputs(const float* inputs, long count) = 0;
  // Several threads may step over one stack.
  virtual void step(const StackStep&, int threads) const = 0;
};

// A layer over whole sequences of B, the longest first.
struct LayerSequence {
  const float* x;        // (N, I): the rows of the first step, then those of the second, ...
  const int64_t* sizes;  // (T): sequences at each step, from 1 to B, never growing
  long steps, batch;     // T, B
  bool backwards;        // whether from the last step to the first
  float *h, *c;          // (B, H) each: the states before, filled with those after
  float* y;              // (N, H) filled
};

// A stack over weights of fewer bits.
class ReducedStackBase : public Stack {
 public:
  // The first layer; several threads may call it.
  virtual void sequence(const LayerSequence&, int threads) const = 0;
};

// A linear layer, its weights packed for rows of any number. Delete it when done.
class PackedMap {
 public:
  virtual ~PackedMap() = default;
  // x (N, I), y (N, O) filled. Several threads may call it.
  virtual void run(const float* x, long rows, float* y, int threads) const = 0;
};

// A symbol of each row, drawn from the softmax of its scores.
struct Draw {
  const float* scores;   // (N, V)
  const double* shares;  // (N) from 0 to below 1: how much of a row's distribution lies before
  long rows, size;       // N, V, at least 1 each
  int64_t* symbols;      // (N) filled
};

// What weights of fewer bits than float32 are.
enum class Precision { bf16, int8 };

// Stacks and linear layers over weights of fewer bits (reduced.h). Their results are the same bits
// on every instruction set, with any number of threads, and whatever rows stand beside a row.
struct ReducedKernels {
  const char* name;
  long most_int8_inputs;  // I and H at most: more products might not fit into an int32
  // Arguments as of `Kernels::pack_stack` and `pack_linear`.
  ReducedStackBase* (*pack_stack)(Precision, const Shape&, const Weights*, int layers,
                                  bool residual);
  PackedMap* (*pack_linear)(Precision, const float* weight, const float* bias, long inputs,
                            long outputs);
  void (*draw)(const Draw&);
};

// A linear layer, y = x W' + b. N rows, I inputs, O outputs, all at least 1.
struct Linear {
  const float* x;       // (N, I)
  const float* weight;  // (O, I)
  const float* bias;    // (O), or null
  long rows, inputs, outputs;
};

struct LinearGradients {
  const float* dy;      // (N, O)
  float *dx, *dw, *db;  // filled; as x, weight, bias; any may be null
};

// The loss of a linear layer whose outputs are the logits of one of V symbols.
struct CrossEntropy {
  Linear layer;           // V outputs
  const int64_t* target;  // (N) symbols, from 0 to V - 1
  float *dx, *dw, *db;    // filled; gradients of the sum of losses; any may be null
};

// The `count` largest of each row of V scores.
struct TopK {
  const float* scores;     // (N, V)
  long rows, size, count;  // N, V; count from 1 to V
  float* values;           // (N, count) filled, the larger first, of equal ones the first
  int64_t* indices;        // (N, count) filled
  float* logsumexp;        // (N) filled: log of the sum of exponentials
};

// y = x times a mask of `scale` and, with probability `limit` / 65,536, zeros. The same key gives
// the same mask. x may be y.
struct Dropout {
  const float* x;
  float* y;
  long count;
  uint64_t key;
  uint32_t limit;
  float scale;
};

// A linear-chain conditional random field over B sequences of up to T steps, each with one of K
// labels.
struct Crf {
  const float* scores;  // (B, T, K) of each label at each step; those beyond a length are not read
  const float*
      transitions;  // (K, K) from the label of the row to that of the column; -inf forbids
  const float *start, *end;  // (K)
  const int64_t* lengths;    // (B) from 1 to T
  long batch, steps, labels;
};

// Spans in such sequences: some neighbouring steps with their labels, all labels around them free.
struct Spans {
  const int64_t* of_sequence;  // (B + 1) the first span of each sequence, and the number of all, N
  const int64_t* first;        // (N) first step
  const int64_t* stop;         // (N) the step after the last
  const int64_t* label;        // (N) where the labels of each begin in `labels`
  const int64_t* labels;       // (M)
};

struct CrfGradients {
  float *scores, *transitions, *start, *end;  // filled; as in Crf
};

// Which of a pixel's numbers are the channels of a convolution, or are filled with them.
struct Channels {
  long blocks, channels;  // so many blocks of so many channels
  long pixel;             // numbers from one pixel to the next
  long offset[4];         // of each block, from the start of a pixel
};

// Images, pixel after pixel; null for zeros.
struct Frames {
  const float* start;
  long count, height, width;
  Channels channels;
};

// One step of a convolutional recurrence over N frames of H x W pixels, C channels each; all
// tensors have their channels last.
struct ConvStep {
  int cell;
  long frames, height, width, channels;
  const float* packed;    // by winograd_pack
  const float* bias;      // (G C), or null
  const float* h_before;  // (N, H, W, C), or null for zeros
  const float* c_before;  // the same
  float* gates;           // (N, H, W, slots C): the inputs' products, replaced by activated gates
  float *h, *c;           // filled; c only for a cell with memory
};

struct ConvStepGradients {
  const float* dy;  // (N, H, W, C) the gradient of h, or null for zeros
  float* dh;      // (N, H, W, C) what the later step adds to it, or zeros; replaced by the part of
                  // the gradient of h_before that does not come through the convolution
  float* dc;      // (N, H, W, C) the gradient of c; replaced by that of c_before
  float* deltas;  // (N, H, W, deltas C) filled with the gradients of the products
};

// The weights of one layer, in its directions, packed for the forward pass. Delete it when done.
class PackedLayer {
 public:
  virtual ~PackedLayer() = default;
};

// What multiplies numbers of either kind, float32 or bfloat16: recurrent layers over whole
// sequences, linear layers, and the large softmax.
struct ProductKernels {
  const char* name;
  // Of the shape, cell, sizes and directions count.
  PackedLayer* (*pack_layer)(const Shape&, const Weights*, int threads);
  // `packed`: the same weights, packed before by the same kernels; or null.
  void (*forward)(const Shape&, const Weights*, const Forward&, int threads,
                  const PackedLayer* packed);
  void (*backward)(const Shape&, const Weights*, const Backward&, int threads);
  // A stack of layers of one direction, each with a thread of its own, for steps so short that
  // threads should not meet at each (layers.h). Arrays of so many layers, from the lowest, over
  // the same steps; x of each is y of the one below, and dy is dx of the one above.
  void (*forward_layers)(int layers, const Shape*, const Weights*, const Forward*, int threads);
  void (*backward_layers)(int layers, const Shape*, const Weights*, const Backward*, int threads);
  void (*linear)(const Linear&, float* y, int threads);
  void (*linear_backward)(const Linear&, const LinearGradients&, int threads);
  // The sum over all rows of -log softmax(logits)[target].
  double (*cross_entropy)(const CrossEntropy&, int threads);
};

struct Kernels {
  const char* name;
  int vector_floats;
  const CellFacts* cells;  // of all cells, by number
  int cell_count;
  ProductKernels products;
  void (*double_backward)(const Shape&, const Weights*, const DoubleBackward&, int threads);
  // Shape: cell, inputs and hidden count; one Weights a layer; residual: a layer's input is added
  // to its output; batch_invariant: what a stream comes to does not depend on those beside it.
  Stack* (*pack_stack)(const Shape&, const Weights*, int layers, bool residual,
                       bool batch_invariant);
  // weight (O, I), bias (O) or null.
  PackedMap* (*pack_linear)(const float* weight, const float* bias, long inputs, long outputs,
                            int threads);
  // Floating-point operations a second of all threads together, multiplying and adding in
  // registers alone.
  double (*peak)(int threads);
  void (*topk_logsumexp)(const TopK&, int threads);
  void (*dropout)(const Dropout&, int threads);
  // Floats that `crf_forward` saves for `crf_backward`.
  long (*crf_saved_floats)(const Crf&);
  // value (B): log Z, or with labels (B, T) their score less that, which is their log-probability.
  void (*crf_forward)(const Crf&, const int64_t* labels, double* value, float* saved, int threads);
  // The gradients of the sum of factor (B) times value.
  void (*crf_backward)(const Crf&, const int64_t* labels, const float* factor, float* saved,
                       const CrfGradients&, int threads);
  // log_probs (N): of spans.
  void (*crf_spans)(const Crf&, const Spans&, double* log_probs, int threads);
  // log Z (B) as by `crf_forward`, for which nothing is saved.
  void (*crf_log_partition)(const Crf&, double* log_z, int threads);
  // The `count` best sequences of labels (B, count, T) and their scores (B, count), the best
  // first; -inf where there are no more. What lies beyond a length is not written.
  void (*crf_viterbi)(const Crf&, long count, int64_t* labels, double* scores, int threads);
  // One number of all numbers of some tensors, the i-th of which has counts[i]; see checksum.h.
  uint64_t (*checksum)(const float* const* starts, const long* counts, int tensors, int threads);
  // Convolutions of 3 x 3 that keep the size (winograd.h). Of the channels that are packed for,
  // their number counts, not their places. back: packed for the gradients of the inputs.
  long (*packed_points_floats)(const Channels& inputs, const Channels& outputs);
  void (*winograd_pack)(const float* weight, const Channels& inputs, const Channels& outputs,
                        bool back, float* packed);
  // bias may be null; adds: to what is in y.
  void (*winograd)(const Frames& x, const float* packed, const float* bias, const Frames& y,
                   bool adds, int threads);
  // weight (O, I, 3, 3) and bias (O), or null, are filled.
  void (*winograd_gradients)(const Frames& x, const Frames& dy, float* weight, float* bias,
                             int threads);
  void (*conv_step)(const ConvStep&, int threads);
  void (*conv_step_backward)(const ConvStep&, const ConvStepGradients&, int threads);
  // y = f(x) of `count` numbers: the functions that the cells are made of, for tests of their
  // digits.
  void (*elementwise)(Function, const float* x, float* y, long count);
};

// The best set that this processor runs, or the named one ("v2", "v3", "v4", "plain"); null if it
// cannot be run.
const Kernels* best_kernels();
const Kernels* named_kernels(const char* name);

// The best set for reduced precision that goes with a set of that name, or the named one ("v2",
// "v3", "v3_vnni", "v4", "v4_vnni", "v4_amx", "plain"); null if it cannot be run.
const ReducedKernels* reduced_kernels_of(const char* name);
const ReducedKernels* named_reduced_kernels(const char* name);

// The best set of products in bfloat16 that goes with a set of that name, or the named one ("v2",
// "v3", "v4", "v4_bf16", "v4_amx", "plain"); null if it cannot be run. All results are float32,
// and what one of these or of `Kernels` saves, the others of the same vectors read.
const ProductKernels* bf16_kernels_of(const char* name);
const ProductKernels* named_bf16_kernels(const char* name);

}  // namespace recurra
