// The one file that knows Python: addresses and sizes in, kernels called without the interpreter's lock.
//
// Tensors come as addresses; src/recurra/kernels/ has checked their types, shapes and order before.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels.h"
#include "pool.h"

namespace nb = nanobind;
using namespace recurra;

namespace {

using Address = uintptr_t;
const Kernels* chosen = nullptr;

const float* in(Address a) { return reinterpret_cast<const float*>(a); }
float* out(Address a) { return reinterpret_cast<float*>(a); }
const int64_t* whole(Address a) { return reinterpret_cast<const int64_t*>(a); }

// As many threads as there may be: more than the system gives would end the process.
int checked(int threads) { return threads < 1 ? 1 : threads > 256 ? 256 : threads; }

// cell, inputs, hidden, output, steps, batch, rows, directions, the address of `alive` or 0 for equal lengths, distinct,
// and the address of `symbol` or 0.
using Sizes = std::array<long, 11>;
using Addresses = std::vector<Address>;

Addresses addresses(nb::handle sequence) {
  Addresses all;
  for (nb::handle item : sequence) all.push_back(nb::cast<Address>(item));
  return all;
}

struct Call {
  std::vector<long> equal;
  Shape shape;
  Weights weights[2];

  Call(const Sizes& n, const Addresses& w) {
    if (n[0] < 0 || n[0] > 3) throw std::invalid_argument("cell: expected 0 to 3");
    for (int i = 1; i < 8; i++)
      if (n[i] < 1) throw std::invalid_argument("sizes: expected at least 1 each");
    if (n[7] > 2 || w.size() != size_t(5 * n[7])) throw std::invalid_argument("weights: expected 5 addresses a direction");
    const long* alive = reinterpret_cast<const long*>(n[8]);
    if (!alive) {
      equal.assign(n[4], n[5]);
      alive = equal.data();
    }
    long rows = 0;
    for (long t = 0; t < n[4]; t++) {
      const long most = t ? alive[t - 1] : n[5], least = t ? 1 : n[5];
      if (alive[t] < least || alive[t] > most)
        throw std::invalid_argument("batch sizes: expected " + std::to_string(n[5]) + " sequences at the first step, and counts that never rise");
      rows += alive[t];
    }
    if (rows != n[6]) throw std::invalid_argument("rows: expected the sum of the sequences alive at each step");
    const int64_t* symbol = whole(n[10]);
    if (n[9] < 1 || (!symbol && n[9] != rows)) throw std::invalid_argument("distinct: expected the rows of the input");
    for (long row = 0; symbol && row < rows; row++)
      if (symbol[row] < 0 || symbol[row] >= n[9])
        throw std::out_of_range("symbol " + std::to_string(symbol[row]) + " is out of bounds for " + std::to_string(n[9]) + " vectors");
    shape = {CellKind(n[0]), n[1], n[2], n[3], n[4], n[5], n[6], alive, int(n[7]), n[9], symbol};
    for (int d = 0; d < n[7]; d++) weights[d] = {in(w[5 * d]), in(w[5 * d + 1]), in(w[5 * d + 2]), in(w[5 * d + 3]), in(w[5 * d + 4])};
  }
};

void backward(const Sizes& sizes, nb::sequence weights, nb::sequence tensors, nb::sequence gradients, int threads) {
  const Call call(sizes, addresses(weights));
  const Addresses t = addresses(tensors), g = addresses(gradients);
  if (t.size() != 11 || g.size() != size_t(5 * sizes[7])) throw std::invalid_argument("backward: expected 11 addresses and 5 a direction");
  Backward io = {in(t[0]), in(t[1]), in(t[2]), in(t[3]), in(t[4]), in(t[5]), in(t[6]), in(t[7]), out(t[8]), out(t[9]), out(t[10]), {}};
  for (int d = 0; d < sizes[7]; d++) io.weights[d] = {out(g[5 * d]), out(g[5 * d + 1]), out(g[5 * d + 2]), out(g[5 * d + 3]), out(g[5 * d + 4])};
  nb::gil_scoped_release released;
  chosen->backward(call.shape, call.weights, io, checked(threads));
}

// Weights packed for whole sequences, for the time that Python holds them. Of the sizes, those of the layer count.
class ReadyLayer {
 public:
  ReadyLayer(const Sizes& sizes, nb::sequence weights, int threads) {
    const Call call(sizes, addresses(weights));
    packed.reset(chosen->pack_layer(call.shape, call.weights, checked(threads)));
  }

  std::unique_ptr<PackedLayer> packed;
};

void forward(const Sizes& sizes, nb::sequence weights, nb::sequence tensors, int threads, const ReadyLayer* ready) {
  const Call call(sizes, addresses(weights));
  const Addresses t = addresses(tensors);
  if (t.size() != 7) throw std::invalid_argument("forward: expected 7 addresses");
  nb::gil_scoped_release released;
  chosen->forward(call.shape, call.weights, {in(t[0]), in(t[1]), in(t[2]), out(t[3]), out(t[4]), out(t[5]), out(t[6])}, checked(threads),
                  ready ? ready->packed.get() : nullptr);
}

// Weights packed for steps, for the time that Python holds them.
class PackedStack {
 public:
  PackedStack(int cell, long inputs, long hidden, nb::sequence weights, bool residual) {
    const Addresses w = addresses(weights);
    if (cell < 0 || cell > 3 || inputs < 1 || hidden < 1 || w.empty() || w.size() % 4)
      throw std::invalid_argument("stack: expected a cell, sizes from 1 and 4 addresses a layer");
    std::vector<Weights> layers;
    for (size_t l = 0; l < w.size(); l += 4) layers.push_back({in(w[l]), in(w[l + 1]), in(w[l + 2]), in(w[l + 3]), nullptr});
    const Shape shape = {CellKind(cell), inputs, hidden, hidden, 1, 1, 1, nullptr, 1, 1, nullptr};
    stack_.reset(chosen->pack(shape, layers.data(), int(layers.size()), residual));
  }

  void step(long batch, Address x, Address h, Address c, Address h_out, Address c_out, Address y, int threads) const {
    nb::gil_scoped_release released;
    stack_->step(batch, in(x), in(h), in(c), out(h_out), out(c_out), out(y), checked(threads));
  }

 private:
  std::unique_ptr<Stack> stack_;
};

// One number of all the numbers of some tensors: where each lies, and how many numbers it has.
uint64_t checksum(nb::sequence tensors, nb::sequence counts, int threads) {
  std::vector<const float*> starts;
  std::vector<long> numbers;
  starts.reserve(16);
  numbers.reserve(16);
  for (nb::handle item : tensors) starts.push_back(in(nb::cast<Address>(item)));
  for (nb::handle item : counts) numbers.push_back(nb::cast<long>(item));
  if (starts.size() != numbers.size()) throw std::invalid_argument("checksum: expected a count for each tensor");
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
void linear(const std::array<long, 3>& sizes, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 4) throw std::invalid_argument("linear: expected 4 addresses");
  const Linear given = layer(sizes, t);
  nb::gil_scoped_release released;
  chosen->linear(given, out(t[3]), checked(threads));
}

// Tensors: x, weight, bias, dy, dx, dw, db.
void linear_backward(const std::array<long, 3>& sizes, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 7) throw std::invalid_argument("linear_backward: expected 7 addresses");
  const Linear given = layer(sizes, t);
  nb::gil_scoped_release released;
  chosen->linear_backward(given, {in(t[3]), out(t[4]), out(t[5]), out(t[6])}, checked(threads));
}

// Tensors: x, weight, bias, target, dx, dw, db.
double cross_entropy(const std::array<long, 3>& sizes, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 7) throw std::invalid_argument("cross_entropy: expected 7 addresses");
  const Linear given = layer(sizes, t);
  const int64_t* target = whole(t[3]);
  for (long row = 0; row < given.rows; row++)
    if (target[row] < 0 || target[row] >= given.outputs)
      throw std::out_of_range("target " + std::to_string(target[row]) + " is out of bounds for " + std::to_string(given.outputs) + " symbols");
  nb::gil_scoped_release released;
  return chosen->cross_entropy({given, target, out(t[4]), out(t[5]), out(t[6])}, checked(threads));
}

// rows, size, count. Tensors: scores, values, places, whole.
void top(const std::array<long, 3>& n, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 4 || n[0] < 1 || n[2] < 1 || n[2] > n[1]) throw std::invalid_argument("top: expected 1 to V of V scores, and 4 addresses");
  nb::gil_scoped_release released;
  chosen->top({in(t[0]), n[0], n[1], n[2], out(t[1]), reinterpret_cast<int64_t*>(t[2]), out(t[3])}, checked(threads));
}

// batch, steps, labels; addresses of scores, transitions, start, end, lengths and, last, labels (or 0).
Chain chain(const std::array<long, 3>& n, const Addresses& t) {
  for (long size : n)
    if (size < 1) throw std::invalid_argument("sizes: expected at least 1 each");
  const Chain given = {in(t[0]), in(t[1]), in(t[2]), in(t[3]), whole(t[4]), n[0], n[1], n[2]};
  for (long b = 0; b < n[0]; b++)
    if (given.lengths[b] < 1 || given.lengths[b] > n[1])
      throw std::out_of_range("lengths: expected 1 to " + std::to_string(n[1]) + ", got " + std::to_string(given.lengths[b]));
  for (long b = 0; t[5] && b < n[0]; b++)
    for (long i = 0; i < given.lengths[b]; i++) {
      const int64_t label = whole(t[5])[b * n[1] + i];
      if (label < 0 || label >= n[2])
        throw std::out_of_range("label " + std::to_string(label) + " is out of bounds for " + std::to_string(n[2]) + " labels");
    }
  return given;
}

// Floats that `chain_forward` keeps.
long chain_kept(const std::array<long, 3>& n) {
  return chosen->chain_kept({nullptr, nullptr, nullptr, nullptr, nullptr, n[0], n[1], n[2]});
}

// Tensors: those of `chain`, value (float64), kept.
void chain_forward(const std::array<long, 3>& sizes, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 8) throw std::invalid_argument("chain_forward: expected 8 addresses");
  const Chain given = chain(sizes, t);
  nb::gil_scoped_release released;
  chosen->chain_forward(given, whole(t[5]), reinterpret_cast<double*>(t[6]), out(t[7]), checked(threads));
}

// Tensors: those of `chain`, factor, kept, and the gradients of scores, transitions, start, end.
void chain_backward(const std::array<long, 3>& sizes, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 12) throw std::invalid_argument("chain_backward: expected 12 addresses");
  const Chain given = chain(sizes, t);
  nb::gil_scoped_release released;
  chosen->chain_backward(given, whole(t[5]), in(t[6]), out(t[7]), {out(t[8]), out(t[9]), out(t[10]), out(t[11])}, checked(threads));
}

// Tensors: those of `chain`, without labels; the logarithms of the sums (float64).
void chain_exact(const std::array<long, 3>& sizes, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 7 || t[5]) throw std::invalid_argument("chain_exact: expected 7 addresses");
  const Chain given = chain(sizes, t);
  nb::gil_scoped_release released;
  chosen->chain_exact(given, reinterpret_cast<double*>(t[6]), checked(threads));
}

// Of `count` spans with `labels` labels in all, whether each lies within its sequence.
void check_spans(const Chain& c, const Spans& s, long count, long labels) {
  if (s.of_sequence[0] != 0 || s.of_sequence[c.batch] != count) throw std::invalid_argument("spans: expected as many as there are");
  for (long b = 0; b < c.batch; b++) {
    if (s.of_sequence[b] > s.of_sequence[b + 1]) throw std::invalid_argument("spans: expected them in the order of sequences");
    for (long n = s.of_sequence[b]; n < s.of_sequence[b + 1]; n++) {
      if (s.first[n] < 0 || s.first[n] >= s.stop[n] || s.stop[n] > c.lengths[b])
        throw std::out_of_range("spans: expected steps within the lengths");
      if (s.label[n] < 0 || s.label[n] > labels - (s.stop[n] - s.first[n])) throw std::out_of_range("spans: expected a label a step");
    }
  }
  for (long i = 0; i < labels; i++)
    if (s.labels[i] < 0 || s.labels[i] >= c.labels) throw std::out_of_range("spans: expected labels from 0 to K - 1");
}

// Tensors: those of `chain`, without labels; those of `Spans`; their log-probabilities (float64).
void chain_spans(const std::array<long, 3>& sizes, long count, long labels, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 12 || t[5]) throw std::invalid_argument("chain_spans: expected 12 addresses");
  const Chain given = chain(sizes, t);
  const Spans spans = {whole(t[6]), whole(t[7]), whole(t[8]), whole(t[9]), whole(t[10])};
  check_spans(given, spans, count, labels);
  nb::gil_scoped_release released;
  chosen->chain_spans(given, spans, reinterpret_cast<double*>(t[11]), checked(threads));
}

// Tensors: those of `chain`, without labels; the best sequences, and their scores (float64).
void chain_best(const std::array<long, 3>& sizes, long count, nb::sequence tensors, int threads) {
  const Addresses t = addresses(tensors);
  if (t.size() != 8 || t[5] || count < 1) throw std::invalid_argument("chain_best: expected a count and 8 addresses");
  const Chain given = chain(sizes, t);
  nb::gil_scoped_release released;
  chosen->chain_best(given, count, reinterpret_cast<int64_t*>(t[6]), reinterpret_cast<double*>(t[7]), checked(threads));
}

// Tensors: x and y, of `count` numbers.
void elementwise(const std::string& function, long count, nb::sequence tensors) {
  const Addresses t = addresses(tensors);
  const bool known = function == "exp" || function == "sigmoid" || function == "tanh";
  if (t.size() != 2 || !known) throw std::invalid_argument("elementwise: expected exp, sigmoid or tanh, and 2 addresses");
  const Function chosen_function = function == "exp" ? Function::exp : function == "sigmoid" ? Function::sigmoid : Function::tanh;
  chosen->elementwise(chosen_function, in(t[0]), out(t[1]), count);
}

// A tensor of `count` numbers of unknown content, in memory that is used again when the tensor is gone.
nb::ndarray<nb::pytorch, float, nb::ndim<1>> room(size_t count) {
  auto* block = new Block(take_block(count * sizeof(float)));
  nb::capsule owner(block, [](void* p) noexcept {
    give_block(*static_cast<Block*>(p));
    delete static_cast<Block*>(p);
  });
  return nb::ndarray<nb::pytorch, float, nb::ndim<1>>(block->start, {count}, owner);
}

}  // namespace

NB_MODULE(_compiled, m) {
  chosen = best_kernels();
  m.def("name", [] { return chosen ? std::string(chosen->name) : std::string(); });
  m.def("vector_floats", [] { return chosen ? chosen->vector_floats : 0; });
  m.def("choose", [](const std::string& name) {
    const Kernels* found = named_kernels(name.c_str());
    if (found) chosen = found;
    return found != nullptr;
  });
  m.def("peak", [](int threads) { return chosen->peak(checked(threads)); });
  nb::class_<PackedStack>(m, "Stack")
      .def(nb::init<int, long, long, nb::sequence, bool>())
      .def("step", &PackedStack::step);
  m.def("room", &room);
  nb::class_<ReadyLayer>(m, "Layer")
      .def(nb::init<const Sizes&, nb::sequence, int>());
  m.def("forward", &forward, nb::arg("sizes"), nb::arg("weights"), nb::arg("tensors"), nb::arg("threads"),
        nb::arg("ready").none());
  m.def("backward", &backward);
  m.def("linear", &linear);
  m.def("linear_backward", &linear_backward);
  m.def("cross_entropy", &cross_entropy);
  m.def("top", &top);
  m.def("chain_kept", &chain_kept);
  m.def("chain_forward", &chain_forward);
  m.def("chain_backward", &chain_backward);
  m.def("chain_exact", &chain_exact);
  m.def("chain_spans", &chain_spans);
  m.def("chain_best", &chain_best);
  m.def("checksum", &checksum);
  m.def("elementwise", &elementwise);
}
