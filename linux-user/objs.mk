# Objects of this folder; add yours here.
