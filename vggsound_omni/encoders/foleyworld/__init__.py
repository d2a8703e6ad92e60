"""Encoders of FoleyWorld: small networks of the kinds the field uses, trained on its train split."""
