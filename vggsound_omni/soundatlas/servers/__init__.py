"""One client for servers that speak OpenAI's chat protocol: vLLM, SGLang, and hosted ones."""

from .answers import Answer, AnswerError, Usage
from .budget import Budget, BudgetSpentError
from .client import Client
from .endpoint import Endpoint
from .questions import Picture, Question, Sound, Text, Video
from .replies import Replies

__all__ = [
    "Answer",
    "AnswerError",
    "Budget",
    "BudgetSpentError",
    "Client",
    "Endpoint",
    "Picture",
    "Question",
    "Replies",
    "Sound",
    "Text",
    "Usage",
    "Video",
]
