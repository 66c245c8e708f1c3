"""Which curves of a training stand over which axis."""

from recurra.figures import Panel
from recurra.training import curves


def test_scores_are_sorted_by_what_they_measure():
    record = {
        "step": 1,
        "epoch": 1,
        "train_loss": 3.0,
        "gradient_norm": 2.0,
        "learning_rate": 0.1,
        "valid_error": 0.4,
        "valid_pos_accuracy": 0.7,
        "valid_bleu": 20.0,
        "valid_nats_per_token": 2.0,
        "valid_perplexity": 7.4,
    }
    assert curves.panels([record], "valid_error", "nats a symbol") == [
        Panel("loss, nats a symbol", {"train_loss": "training", "valid_nats_per_token": "validation"}),
        Panel("share", {"valid_error": "error", "valid_pos_accuracy": "pos accuracy"}, best="valid_error"),
        Panel("bleu, of 100", {"valid_bleu": "bleu"}),
        Panel("perplexity", {"valid_perplexity": "perplexity"}),
        Panel("gradient norm", {"gradient_norm": "gradient norm"}),
        Panel("learning rate", {"learning_rate": "learning rate"}),
    ]


def test_a_curve_without_a_legend_is_named_beside_its_axis():
    record = {"step": 1, "train_loss": 3.0, "valid_loss": 2.0, "valid_accuracy": 0.5}
    titles = [panel.title for panel in curves.panels([record], "valid_loss", "nats an answer")]
    assert titles == ["loss, nats an answer", "accuracy, share"]


def test_two_networks_have_a_curve_each():
    record = {"step": 1, "train_generator_loss": 1.0, "train_critic_loss": 0.5, "critic_gradient_norm": 2.0}
    rates = {"generator_learning_rate": 0.1, "critic_learning_rate": 0.2}
    assert curves.panels([record | rates], "valid_distance", "nats") == [
        Panel("loss, nats", {"train_generator_loss": "generator training", "train_critic_loss": "critic training"}),
        Panel("gradient norm", {"critic_gradient_norm": "critic gradient norm"}),
        Panel(
            "learning rate",
            {"generator_learning_rate": "generator learning rate", "critic_learning_rate": "critic learning rate"},
        ),
    ]


def test_the_best_training_loss_is_marked_where_nothing_is_held_out():
    panels = curves.panels([{"step": 1, "train_loss": 3.0}], "train_loss", "nats a word")
    assert panels[0] == Panel("loss, nats a word", {"train_loss": "training"}, best="train_loss")


def test_the_file_holds_the_curves(tmp_path):
    records = [{"step": s, "train_loss": 3.0 / s, "learning_rate": 0.1 / s, "valid_loss": 3.5 / s} for s in (1, 2, 4)]
    curves.draw(records, "valid_loss", "nats a word", tmp_path / "curves.html")
    page = (tmp_path / "curves.html").read_text(encoding="utf-8")
    assert "loss, nats a word" in page
    assert '"value": 0.875' in page


def test_scores_of_training_stand_after_those_of_validation():
    record = {"step": 1, "train_discriminator_loss": 1.0, "train_real_score": 0.5, "train_made_score": -0.5}
    record |= {"valid_accuracy": 0.9, "train_discriminator_accuracy": 0.8}
    assert curves.panels([record], "valid_accuracy", "nats") == [
        Panel("loss, nats", {"train_discriminator_loss": "discriminator training"}),
        Panel("accuracy, share", {"valid_accuracy": "accuracy"}, best="valid_accuracy"),
        Panel("score, training", {"train_real_score": "real score", "train_made_score": "made score"}),
        Panel("discriminator accuracy, share, training", {"train_discriminator_accuracy": "discriminator accuracy"}),
    ]
