"""Tasks whose data are made when they are asked for: as many sequences as a training takes, none of them twice."""
