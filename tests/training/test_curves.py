import json
import re

from recurra.training import curves


def test_the_file_holds_every_curve_and_needs_no_network(tmp_path):
    records = [{"step": s, "train_loss": 3.0 / s, "learning_rate": 0.1 / s, "valid": 3.5 / s} for s in (1, 2, 4)]
    curves.draw(records, "valid", tmp_path / "curves.html")
    page = (tmp_path / "curves.html").read_text()
    assert re.search(r'"name":"training"', page)
    assert json.dumps([3.5, 1.75, 0.875]).replace(" ", "") in page.replace(" ", "")
    assert not re.search(r'<script[^>]*src="http', page)
