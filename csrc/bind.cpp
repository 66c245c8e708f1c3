// What Python calls: addresses and sizes in, kernels called without the interpreter's lock. This
// file and those of its name are the ones that know Python.
//
// Tensors come as addresses; src/recurra/kernels/ has checked their types, shapes and order
// before.
#include "bind.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "pool.h"

using namespace recurra;
using namespace recurra::binding;

const Kernels* recurra::binding::chosen = nullptr;
const ProductKernels* recurra::binding::chosen_bf16 = nullptr;

namespace {

// One number of all the numbers of some tensors: where each lies, and how many numbers it has.
uint64_t checksum(Whole tensors, Whole counts, int threads) {
  std::vector<const float*> starts;
  std::vector<long> numbers;
  starts.reserve(16);
  numbers.reserve(16);
  for (nb::handle item : tensors) starts.push_back(in(nb::cast<Address>(item)));
  for (nb::handle item : counts) numbers.push_back(nb::cast<long>(item));
  if (starts.size() != numbers.size())
    throw std::invalid_argument("checksum: expected a count for each tensor");
  nb::gil_scoped_release released;
  return chosen->checksum(starts.data(), numbers.data(), int(starts.size()), checked(threads));
}

// rows, inputs, outputs; addresses of x, weight, bias (or 0).
Linear layer(const std::array<long, 3>& n, const Addresses& t) {
  for (long size : n)
    if (size < 1) throw std::invalid_argument("sizes: expected at least 1 each");
  return {in(t[0]), in(t[1]), in(t[2]), n[0], n[1], n[2]};
}

// Tensors: x, weight, bias, y.
void linear(const std::array<long, 3>& sizes, Whole tensors, int threads, bool bf16) {
  const Addresses t = addresses(tensors);
  if (t.size() != 4) throw std::invalid_argument("linear: expected 4 addresses");
  const Linear l = layer(sizes, t);
  nb::gil_scoped_release released;
  products(bf16).linear(l, out(t[3]), checked(threads));
}

// Tensors: x, weight, bias, dy, dx, dw, db.
void linear_backward(const std::array<long, 3>& sizes, Whole tensors, int threads, bool bf16) {
  const Addresses t = addresses(tensors);
  if (t.size() != 7) throw std::invalid_argument("linear_backward: expected 7 addresses");
  const Linear l = layer(sizes, t);
  nb::gil_scoped_release released;
  products(bf16).linear_backward(l, {in(t[3]), out(t[4]), out(t[5]), out(t[6])}, checked(threads));
}

// Tensors: x, weight, bias, target, dx, dw, db.
double cross_entropy(const std::array<long, 3>& sizes, Whole tensors, int threads, bool bf16) {
  const Addresses t = addresses(tensors);
  if (t.size() != 7) throw std::invalid_argument("cross_entropy: expected 7 addresses");
  const Linear l = layer(sizes, t);
  const int64_t* target = as_int64(t[3]);
  for (long row = 0; row < l.rows; row++)
    if (target[row] < 0 || target[row] >= l.outputs)
      throw std::out_of_range("target " + std::to_string(target[row]) + " is out of bounds for " +
                              std::to_string(l.outputs) + " symbols");
  nb::gil_scoped_release released;
  return products(bf16).cross_entropy({l, target, out(t[4]), out(t[5]), out(t[6])},
                                      checked(threads));
}

// rows, size, count. Tensors: scores, values, indices, logsumexp.
void topk_logsumexp(const std::array<long, 3>& n, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 4 || n[0] < 1 || n[2] < 1 || n[2] > n[1])
    throw std::invalid_argument("topk_logsumexp: expected 1 to V of V scores, and 4 addresses");
  nb::gil_scoped_release released;
  chosen->topk_logsumexp(
      {in(t[0]), n[0], n[1], n[2], out(t[1]), reinterpret_cast<int64_t*>(t[2]), out(t[3])},
      checked(threads));
}

// Tensors: x, y.
void dropout(long count, uint64_t key, uint32_t limit, float scale, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 2) throw std::invalid_argument("dropout: expected 2 addresses");
  nb::gil_scoped_release released;
  chosen->dropout({in(t[0]), out(t[1]), count, key, limit, scale}, checked(threads));
}

// batch, steps, labels; addresses of scores, transitions, start, end, lengths and, last, labels
// (or 0).
Crf crf(const std::array<long, 3>& n, const Addresses& t) {
  for (long size : n)
    if (size < 1) throw std::invalid_argument("sizes: expected at least 1 each");
  const Crf c = {in(t[0]), in(t[1]), in(t[2]), in(t[3]), as_int64(t[4]), n[0], n[1], n[2]};
  for (long b = 0; b < n[0]; b++)
    if (c.lengths[b] < 1 || c.lengths[b] > n[1])
      throw std::out_of_range("lengths: expected 1 to " + std::to_string(n[1]) + ", got " +
                              std::to_string(c.lengths[b]));
  for (long b = 0; t[5] && b < n[0]; b++)
    for (long i = 0; i < c.lengths[b]; i++) {
      const int64_t label = as_int64(t[5])[b * n[1] + i];
      if (label < 0 || label >= n[2])
        throw std::out_of_range("label " + std::to_string(label) + " is out of bounds for " +
                                std::to_string(n[2]) + " labels");
    }
  return c;
}

// Floats that `crf_forward` saves.
long crf_saved_floats(const std::array<long, 3>& n) {
  return chosen->crf_saved_floats({nullptr, nullptr, nullptr, nullptr, nullptr, n[0], n[1], n[2]});
}

// Tensors: those of `crf`, value (float64), saved.
void crf_forward(const std::array<long, 3>& sizes, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 8) throw std::invalid_argument("crf_forward: expected 8 addresses");
  const Crf c = crf(sizes, t);
  nb::gil_scoped_release released;
  chosen->crf_forward(c, as_int64(t[5]), reinterpret_cast<double*>(t[6]), out(t[7]),
                      checked(threads));
}

// Tensors: those of `crf`, factor, saved, and the gradients of scores, transitions, start, end.
void crf_backward(const std::array<long, 3>& sizes, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 12) throw std::invalid_argument("crf_backward: expected 12 addresses");
  const Crf c = crf(sizes, t);
  nb::gil_scoped_release released;
  chosen->crf_backward(c, as_int64(t[5]), in(t[6]), out(t[7]),
                       {out(t[8]), out(t[9]), out(t[10]), out(t[11])}, checked(threads));
}

// Tensors: those of `crf`, without labels; the logarithms of the sums (float64).
void crf_log_partition(const std::array<long, 3>& sizes, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 7 || t[5])
    throw std::invalid_argument("crf_log_partition: expected 7 addresses");
  const Crf c = crf(sizes, t);
  nb::gil_scoped_release released;
  chosen->crf_log_partition(c, reinterpret_cast<double*>(t[6]), checked(threads));
}

// Of `count` spans with `labels` labels in all, whether each lies within its sequence.
void check_spans(const Crf& c, const Spans& s, long count, long labels) {
  if (s.of_sequence[0] != 0 || s.of_sequence[c.batch] != count)
    throw std::invalid_argument("spans: expected as many as there are");
  for (long b = 0; b < c.batch; b++) {
    if (s.of_sequence[b] > s.of_sequence[b + 1])
      throw std::invalid_argument("spans: expected them in the order of sequences");
    for (long n = s.of_sequence[b]; n < s.of_sequence[b + 1]; n++) {
      if (s.first[n] < 0 || s.first[n] >= s.stop[n] || s.stop[n] > c.lengths[b])
        throw std::out_of_range("spans: expected steps within the lengths");
      if (s.label[n] < 0 || s.label[n] > labels - (s.stop[n] - s.first[n]))
        throw std::out_of_range("spans: expected a label a step");
    }
  }
  for (long i = 0; i < labels; i++)
    if (s.labels[i] < 0 || s.labels[i] >= c.labels)
      throw std::out_of_range("spans: expected labels from 0 to K - 1");
}

// Tensors: those of `crf`, without labels; those of `Spans`; their log-probabilities (float64).
void crf_spans(const std::array<long, 3>& sizes, long count, long labels, Whole tensors,
               int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 12 || t[5]) throw std::invalid_argument("crf_spans: expected 12 addresses");
  const Crf c = crf(sizes, t);
  const Spans spans = {as_int64(t[6]), as_int64(t[7]), as_int64(t[8]), as_int64(t[9]),
                       as_int64(t[10])};
  check_spans(c, spans, count, labels);
  nb::gil_scoped_release released;
  chosen->crf_spans(c, spans, reinterpret_cast<double*>(t[11]), checked(threads));
}

// Tensors: those of `crf`, without labels; the best sequences, and their scores (float64).
void crf_viterbi(const std::array<long, 3>& sizes, long count, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 8 || t[5] || count < 1)
    throw std::invalid_argument("crf_viterbi: expected a count and 8 addresses");
  const Crf c = crf(sizes, t);
  nb::gil_scoped_release released;
  chosen->crf_viterbi(c, count, reinterpret_cast<int64_t*>(t[6]), reinterpret_cast<double*>(t[7]),
                      checked(threads));
}

// blocks, channels, pixel, offsets of up to 4 blocks.
using BoundChannels = std::array<long, 7>;
// count, height, width.
using BoundFrames = std::array<long, 3>;

Channels channels(const BoundChannels& n) {
  if (n[0] < 1 || n[0] > 4 || n[1] < 1)
    throw std::invalid_argument("channels: expected 1 to 4 blocks of at least 1");
  return {n[0], n[1], n[2], {n[3], n[4], n[5], n[6]}};
}

Frames frames(Address start, const BoundFrames& n, const BoundChannels& c) {
  for (long size : n)
    if (size < 1) throw std::invalid_argument("frames: expected sizes from 1");
  return {in(start), n[0], n[1], n[2], channels(c)};
}

long packed_points_floats(const BoundChannels& inputs, const BoundChannels& outputs) {
  return chosen->packed_points_floats(channels(inputs), channels(outputs));
}

void winograd_pack(Address weight, const BoundChannels& inputs, const BoundChannels& outputs,
                   bool back, Address packed) {
  chosen->winograd_pack(in(weight), channels(inputs), channels(outputs), back, out(packed));
}

// Tensors: x, packed, bias (or 0), y.
void winograd(const BoundFrames& size, const BoundChannels& inputs, const BoundChannels& outputs,
              Whole tensors, bool adds, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 4) throw std::invalid_argument("winograd: expected 4 addresses");
  const Frames x = frames(t[0], size, inputs), y = frames(t[3], size, outputs);
  nb::gil_scoped_release released;
  chosen->winograd(x, in(t[1]), in(t[2]), y, adds, checked(threads));
}

// Tensors: x, dy, weight, bias (or 0).
void winograd_gradients(const BoundFrames& size, const BoundChannels& inputs,
                        const BoundChannels& outputs, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 4) throw std::invalid_argument("winograd_gradients: expected 4 addresses");
  const Frames x = frames(t[0], size, inputs), dy = frames(t[1], size, outputs);
  nb::gil_scoped_release released;
  chosen->winograd_gradients(x, dy, out(t[2]), out(t[3]), checked(threads));
}

// cell, frames, height, width, channels. Tensors: packed, bias, h_before, c_before, gates, h, c.
ConvStep conv_step_of(const std::array<long, 5>& n, const Addresses& t) {
  check_cell(n[0]);
  for (int i = 1; i < 5; i++)
    if (n[i] < 1) throw std::invalid_argument("sizes: expected at least 1 each");
  return {int(n[0]), n[1],     n[2],     n[3],      n[4],      in(t[0]),
          in(t[1]),  in(t[2]), in(t[3]), out(t[4]), out(t[5]), out(t[6])};
}

void conv_step(const std::array<long, 5>& sizes, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 7) throw std::invalid_argument("conv_step: expected 7 addresses");
  const ConvStep s = conv_step_of(sizes, t);
  nb::gil_scoped_release released;
  chosen->conv_step(s, checked(threads));
}

// Tensors: those of `conv_step`, dy, dh, dc, deltas.
void conv_step_backward(const std::array<long, 5>& sizes, Whole tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 11) throw std::invalid_argument("conv_step_backward: expected 11 addresses");
  const ConvStep s = conv_step_of(sizes, t);
  nb::gil_scoped_release released;
  chosen->conv_step_backward(s, {in(t[7]), out(t[8]), out(t[9]), out(t[10])}, checked(threads));
}

Function function_of(const std::string& name) {
  if (name == "exp") return Function::exp;
  if (name == "sigmoid") return Function::sigmoid;
  if (name == "tanh") return Function::tanh;
  throw std::invalid_argument("elementwise: expected exp, sigmoid or tanh, got " + name);
}

// Tensors: x and y, of `count` numbers.
void elementwise(const std::string& function, long count, Whole tensors) {
  const Addresses t = addresses(tensors);
  if (t.size() != 2) throw std::invalid_argument("elementwise: expected 2 addresses");
  chosen->elementwise(function_of(function), in(t[0]), out(t[1]), count);
}

// A tensor of `count` numbers of unknown content, in memory that is used again when the tensor is
// gone.
nb::ndarray<nb::pytorch, float, nb::ndim<1>> pooled_empty(size_t count) {
  auto* block = new Block(take_block(count * sizeof(float)));
  nb::capsule owner(block, [](void* p) noexcept {
    give_block(*static_cast<Block*>(p));
    delete static_cast<Block*>(p);
  });
  return nb::ndarray<nb::pytorch, float, nb::ndim<1>>(block->start, {count}, owner);
}

// Of each cell: name, gates, numbers saved for each unit, whether it has a memory, is projectable,
// sums its products.
using BoundFacts = std::tuple<std::string, int, int, bool, bool, bool>;

std::vector<BoundFacts> cells() {
  std::vector<BoundFacts> all;
  for (int i = 0; chosen && i < chosen->cell_count; i++) {
    const CellFacts& c = chosen->cells[i];
    all.push_back(
        {c.name, c.gates, c.saved_per_unit, c.has_memory, c.is_projectable, c.sums_products});
  }
  return all;
}

std::string name() { return chosen ? chosen->name : ""; }

int vector_floats() { return chosen ? chosen->vector_floats : 0; }

void choose(const Kernels& kernels) {
  chosen = &kernels;
  chosen_bf16 = bf16_kernels_of(kernels.name);
  use_reduced_kernels_of(kernels.name);
}

bool choose(const std::string& name) {
  const Kernels* kernels = named_kernels(name.c_str());
  if (kernels) choose(*kernels);
  return kernels != nullptr;
}

std::string bf16_name() { return chosen_bf16 ? chosen_bf16->name : ""; }

// One that goes with the chosen set: of the same vectors.
bool choose_bf16(const std::string& name) {
  const ProductKernels* kernels = named_bf16_kernels(name.c_str());
  if (!kernels || name.substr(0, name.find('_')) != chosen->name) return false;
  chosen_bf16 = kernels;
  return true;
}

double peak(int threads) { return chosen->peak(checked(threads)); }

}  // namespace

// Names of arguments are for the stub, src/recurra/kernels/_compiled.pyi, which `make format`
// writes from this.
NB_MODULE(_compiled, m) {
  if (const Kernels* kernels = best_kernels()) choose(*kernels);
  m.doc() = "The extension that csrc/bind.cpp defines.";
  m.def("name", &name);
  m.def("vector_floats", &vector_floats);
  m.def("cells", &cells);
  m.def("choose", nb::overload_cast<const std::string&>(&choose), nb::arg("name"));
  m.def("bf16_name", &bf16_name);
  m.def("choose_bf16", &choose_bf16, nb::arg("name"));
  m.def("peak", &peak, nb::arg("threads"));
  m.def("pooled_empty", &pooled_empty, nb::arg("count"));
  bind_recurrence(m);
  nb::class_<BoundStack>(m, "PackedStack")
      .def(nb::init<int, long, long, Whole, bool, bool>(), nb::arg("cell"), nb::arg("inputs"),
           nb::arg("hidden"), nb::arg("weights"), nb::arg("residual"), nb::arg("batch_invariant"))
      // nanobind takes 0.8 us longer for named arguments, an eighth of a small step
      .def("step", &BoundStack::step,
           nb::sig("def step(self, batch: int, x: int, h: int, c: int, h_out: int, c_out: int, "
                   "y: int, threads: int, /) -> None"))
      .def("know_inputs", &BoundStack::know_inputs, nb::arg("inputs"), nb::arg("count"))
      .def("step_known", &BoundStack::step_known,
           nb::sig("def step_known(self, batch: int, symbols: int, x: int, h: int, c: int, "
                   "h_out: int, c_out: int, y: int, threads: int, /) -> None"));
  nb::class_<BoundLinear>(m, "PackedLinear")
      .def(nb::init<long, long, Address, Address, int>(), nb::arg("inputs"), nb::arg("outputs"),
           nb::arg("weight"), nb::arg("bias"), nb::arg("threads"))
      .def("run", &BoundLinear::run,
           nb::sig("def run(self, x: int, rows: int, y: int, threads: int, /) -> None"));
  bind_reduced(m);
  m.def("linear", &linear, nb::arg("sizes"), nb::arg("tensors"), nb::arg("threads"),
        nb::arg("bf16"));
  m.def("linear_backward", &linear_backward, nb::arg("sizes"), nb::arg("tensors"),
        nb::arg("threads"), nb::arg("bf16"));
  m.def("cross_entropy", &cross_entropy, nb::arg("sizes"), nb::arg("tensors"), nb::arg("threads"),
        nb::arg("bf16"));
  m.def("topk_logsumexp", &topk_logsumexp, nb::arg("sizes"), nb::arg("tensors"),
        nb::arg("threads"));
  m.def("dropout", &dropout, nb::arg("count"), nb::arg("key"), nb::arg("limit"), nb::arg("scale"),
        nb::arg("tensors"), nb::arg("threads"));
  m.def("crf_saved_floats", &crf_saved_floats, nb::arg("sizes"));
  m.def("crf_forward", &crf_forward, nb::arg("sizes"), nb::arg("tensors"), nb::arg("threads"));
  m.def("crf_backward", &crf_backward, nb::arg("sizes"), nb::arg("tensors"), nb::arg("threads"));
  m.def("crf_log_partition", &crf_log_partition, nb::arg("sizes"), nb::arg("tensors"),
        nb::arg("threads"));
  m.def("crf_spans", &crf_spans, nb::arg("sizes"), nb::arg("count"), nb::arg("labels"),
        nb::arg("tensors"), nb::arg("threads"));
  m.def("crf_viterbi", &crf_viterbi, nb::arg("sizes"), nb::arg("count"), nb::arg("tensors"),
        nb::arg("threads"));
  m.def("checksum", &checksum,
        nb::sig("def checksum(tensors: collections.abc.Sequence[int], "
                "counts: collections.abc.Sequence[int], threads: int, /) -> int"));
  m.def("packed_points_floats", &packed_points_floats, nb::arg("inputs"), nb::arg("outputs"));
  m.def("winograd_pack", &winograd_pack, nb::arg("weight"), nb::arg("inputs"), nb::arg("outputs"),
        nb::arg("back"), nb::arg("packed"));
  m.def("winograd", &winograd, nb::arg("size"), nb::arg("inputs"), nb::arg("outputs"),
        nb::arg("tensors"), nb::arg("adds"), nb::arg("threads"));
  m.def("winograd_gradients", &winograd_gradients, nb::arg("size"), nb::arg("inputs"),
        nb::arg("outputs"), nb::arg("tensors"), nb::arg("threads"));
  m.def("conv_step", &conv_step, nb::arg("sizes"), nb::arg("tensors"), nb::arg("threads"));
  m.def("conv_step_backward", &conv_step_backward, nb::arg("sizes"), nb::arg("tensors"),
        nb::arg("threads"));
  m.def("elementwise", &elementwise, nb::arg("function"), nb::arg("count"), nb::arg("tensors"));
}
