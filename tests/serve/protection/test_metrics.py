from prometheus_client.parser import text_string_to_metric_families

from recurra.serve.protection.metrics import Metrics


def samples(metrics):
    """What Prometheus reads: numbers by name and labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {(s.name, tuple(s.labels.values())): s.value for family in families for s in family.samples}


def test_requests_are_counted_by_path_method_and_status():
    metrics = Metrics()
    for seconds in (0.05, 0.2):
        metrics.count("POST", "/v1/completions", 200, seconds)
    metrics.count("BREW", "none", 404, 0.001)
    seen = samples(metrics)
    assert seen["recurra_requests_total", ("POST", "/v1/completions", "200")] == 2
    assert seen["recurra_requests_total", ("other", "none", "404")] == 1
    assert seen["recurra_request_seconds_sum", ("/v1/completions",)] == 0.25
    assert seen["recurra_request_seconds_bucket", ("0.1", "/v1/completions")] == 1


def test_streams_symbols_and_loads_are_counted():
    metrics = Metrics()
    metrics.count_stream(0.003)
    metrics.count_symbols(40)
    metrics.count_load("fox")
    seen = samples(metrics)
    assert seen["recurra_first_event_seconds_count", ()] == 1
    assert seen["recurra_symbols_total", ()] == 40
    assert seen["recurra_weights_loaded_total", ("fox",)] == 1


def test_figures_of_others_are_asked_for_when_somebody_looks():
    metrics, values = Metrics(), [1]
    metrics.watch("sessions", "Sessions.", lambda: values[0])
    values[0] = 7
    assert samples(metrics)["recurra_sessions", ()] == 7


def test_the_memory_of_the_process_is_shown():
    assert samples(Metrics())["process_resident_memory_bytes", ()] > 1e6
