"""Tables of series: cells of any kind as whole numbers of their smallest unit, rules between them, and the way back."""
