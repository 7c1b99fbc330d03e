"""Measures of a run: bits per character, and the notebook's smooth loss."""

from __future__ import annotations

import math


def bits_per_character(loss: float, seq_length: int) -> float:
    """Turn a loss in nats, summed over `seq_length` characters, into bits per character."""
    return loss / (seq_length * math.log(2))


def nats_a_sequence(bits: float, seq_length: int) -> float:
    """Turn bits per character into a loss in nats, summed over `seq_length` characters."""
    return bits * seq_length * math.log(2)


def initial_smooth_loss(vocab_size: int, seq_length: int) -> float:
    """Return the loss, in nats a sequence, of guessing every character alike: T ln V."""
    return math.log(vocab_size) * seq_length


def smooth(previous: float, loss: float) -> float:
    """Return the exponential moving average of the loss (nats a sequence), one update on."""
    return previous * 0.999 + loss * 0.001
