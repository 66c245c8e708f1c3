// The sums of a linear-chain CRF in double, of logarithms: slower than those of crf.h, but
// whatever the length of a sequence and the range of its scores, no digit that counts is lost.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels.h"

namespace recurra::RECURRA_ISA {

inline const float* scores_of(const Crf& c, long b, long t) {
  return c.scores + (b * c.steps + t) * c.labels;
}

// The score of one sequence of labels.
inline double score_of(const Crf& c, long b, const int64_t* labels) {
  const long steps = c.lengths[b];
  double total = double(c.start[labels[0]]) + c.end[labels[steps - 1]];
  for (long t = 0; t < steps; t++) total += scores_of(c, b, t)[labels[t]];
  for (long t = 1; t < steps; t++) total += c.transitions[labels[t - 1] * c.labels + labels[t]];
  return total;
}

// The logarithm of a probability; -inf too where nothing at all is possible.
inline double log_probability(double score, double log_z) {
  return log_z == -std::numeric_limits<double>::infinity() ? log_z : score - log_z;
}

// Of sequence b: alpha, log-sums (T, K) over all ways to each label, the score of its step
// included; after `run_back` beta too, over all ways on from it.
class Logarithms {
 public:
  double log_z;

  Logarithms(const Crf& crf, long b)
      : c_(crf),
        b_(b),
        steps_(crf.lengths[b]),
        labels_(crf.labels),
        terms_(labels_),
        alpha_(steps_ * labels_) {
    turned_.reserve(labels_ * labels_);
    for (long j = 0; j < labels_; j++)
      for (long i = 0; i < labels_; i++) turned_.push_back(c_.transitions[i * labels_ + j]);
    for (long t = 0; t < steps_; t++)
      for (long j = 0; j < labels_; j++) {
        const double before = t ? sum(alpha(t - 1), turned_.data() + j * labels_) : c_.start[j];
        alpha(t)[j] = before + scores_of(c_, b_, t)[j];
      }
    log_z = sum(alpha(steps_ - 1), c_.end);
  }

  void run_back() {
    beta_.resize(steps_ * labels_);
    std::copy_n(c_.end, labels_, beta(steps_ - 1));
    std::vector<double> after(labels_);
    for (long t = steps_ - 1; t > 0; t--) {
      for (long j = 0; j < labels_; j++) after[j] = beta(t)[j] + scores_of(c_, b_, t)[j];
      for (long i = 0; i < labels_; i++)
        beta(t - 1)[i] = sum(after.data(), c_.transitions + i * labels_);
    }
  }

  // Of the labels of steps [first, stop) being these.
  double log_probability_of(long first, long stop, const int64_t* labels) const {
    double total = alpha(first)[labels[0]] + beta(stop - 1)[labels[stop - 1 - first]];
    for (long t = first + 1; t < stop; t++)
      total += double(scores_of(c_, b_, t)[labels[t - first]]) +
               c_.transitions[labels[t - 1 - first] * labels_ + labels[t - first]];
    return log_probability(total, log_z);
  }

  // The marginals (T, K) times `factor`, and added to pairs (K, row) those of neighbouring labels.
  void backward(float factor, float* marginals, double* pairs, long row) const {
    const bool possible =
        log_z != -std::numeric_limits<double>::infinity();  // else nothing can be mended
    for (long t = 0; t < steps_; t++)
      for (long j = 0; j < labels_; j++) {
        marginals[t * labels_ + j] =
            possible ? factor * float(std::exp(alpha(t)[j] + beta(t)[j] - log_z)) : 0.0f;
        const double on = double(scores_of(c_, b_, t)[j]) + beta(t)[j] - log_z;
        for (long i = 0; possible && t && i < labels_; i++)
          pairs[i * row + j] +=
              factor * std::exp(alpha(t - 1)[i] + c_.transitions[i * labels_ + j] + on);
      }
  }

 private:
  const Crf& c_;
  long b_, steps_, labels_;
  std::vector<double> terms_, alpha_, beta_;
  std::vector<float> turned_;  // transitions, [to][from]

  double* alpha(long t) { return alpha_.data() + t * labels_; }
  double* beta(long t) { return beta_.data() + t * labels_; }
  const double* alpha(long t) const { return alpha_.data() + t * labels_; }
  const double* beta(long t) const { return beta_.data() + t * labels_; }

  // The logarithm of the sum of the exponentials of x + y.
  double sum(const double* x, const float* y) {
    double most = -std::numeric_limits<double>::infinity(), total = 0;
    for (long i = 0; i < labels_; i++) {
      terms_[i] = x[i] + y[i];
      most = terms_[i] > most || std::isnan(terms_[i]) ? terms_[i] : most;
    }
    if (std::isinf(most) || std::isnan(most)) return most;
    for (long i = 0; i < labels_; i++) total += std::exp(terms_[i] - most);
    return most + std::log(total);
  }
};

}  // namespace recurra::RECURRA_ISA
