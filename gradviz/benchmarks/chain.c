/* The rival in C: gradviz/core/chain.py, operation for operation, for tanh. Keep the two alike. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static double tanh_prime(double u)
{
    double e = exp(-2.0 * fabs(u));
    return 4.0 * e / ((1.0 + e) * (1.0 + e));
}

static void forward(const double *w, const double *x, int64_t layers, int64_t samples, double *h, double *slope)
{
    for (int64_t s = 0; s < samples; s++)
        h[s] = x[s];
    for (int64_t k = 1; k < layers; k++)
        for (int64_t s = 0; s < samples; s++) {
            double u = w[k] * h[(k - 1) * samples + s];
            h[k * samples + s] = tanh(u);
            slope[k * samples + s] = tanh_prime(u);
        }
}

static double cost_of(const double *h, const double *y, int64_t layers, int64_t samples)
{
    double total = 0.0;
    for (int64_t s = 0; s < samples; s++) {
        double miss = y[s] - h[(layers - 1) * samples + s];
        total += miss * miss;
    }
    return total / (2 * samples);
}

static void backward(const double *w, const double *y, int64_t layers, int64_t samples, const double *h, const double *slope, double *g, double *dw)
{
    int64_t last = layers - 1;
    for (int64_t s = 0; s < samples; s++)
        g[last * samples + s] = (h[last * samples + s] - y[s]) / samples * slope[last * samples + s];
    for (int64_t k = last; k > 0; k--) {
        double total = 0.0;
        for (int64_t s = 0; s < samples; s++) {
            if (k < last)
                g[k * samples + s] = slope[k * samples + s] * w[k + 1] * g[(k + 1) * samples + s];
            total += h[(k - 1) * samples + s] * g[k * samples + s];
        }
        dw[k] = total;
    }
}

static bool update(double *w, const double *dw, int64_t layers, double learning_rate)
{
    bool finite = true;
    for (int64_t k = 1; k < layers; k++) {
        w[k] -= learning_rate * dw[k];
        finite = finite && isfinite(w[k]);
    }
    return finite;
}

/* Train all epochs, moving w in place; returns how many frames were written, or -1 where there is not enough memory. */
int64_t train(double *w, const double *x, const double *y, int64_t layers, int64_t samples, double learning_rate, int64_t epochs, int64_t observe_every,
              int64_t *out_epoch, double *out_cost, double *out_h, double *out_g, double *out_dw, double *out_w)
{
    int64_t units = layers * samples, rows = 0;
    double *scratch = calloc(3 * units + layers, sizeof(double));
    if (!scratch)
        return -1;
    double *h = scratch, *slope = h + units, *g = slope + units, *dw = g + units;
    bool finite = true;
    for (int64_t k = 1; k < layers; k++)
        finite = finite && isfinite(w[k]);
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        forward(w, x, layers, samples, h, slope);
        double cost = cost_of(h, y, layers, samples);
        bool diverged = !(finite && isfinite(cost));
        backward(w, y, layers, samples, h, slope, g, dw);
        if (epoch % observe_every == 0 || epoch == epochs - 1 || diverged) {
            out_epoch[rows] = epoch;
            out_cost[rows] = cost;
            for (int64_t k = 0; k < layers; k++) {
                out_dw[rows * layers + k] = dw[k];
                out_w[rows * layers + k] = w[k];
            }
            for (int64_t s = 0; s < samples; s++)
                for (int64_t k = 0; k < layers; k++) {
                    out_h[(rows * samples + s) * layers + k] = h[k * samples + s];
                    out_g[(rows * samples + s) * layers + k] = g[k * samples + s];
                }
            rows++;
        }
        if (diverged)
            break;
        finite = update(w, dw, layers, learning_rate);
    }
    free(scratch);
    return rows;
}
