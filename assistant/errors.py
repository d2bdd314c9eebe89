"""The errors that this package raises, and nothing else.

    AssistantError
    ├── SettingsError      a setting is unknown, malformed or out of range
    ├── LoadError          a document can't be read; the build goes on without it
    ├── ModelError         model weights are missing, altered or unusable
    ├── BuildError         nothing could be built, or another build is running
    ├── IndexMissing       there is no index yet in that folder
    ├── IndexDamaged       a file of the index is missing, altered or of another format
    ├── ServerError        a language model's server is down, slow, or does not answer as it should
    ├── VectorStoreUnavailable    the server that holds the vectors doesn't answer
    ├── DocumentMissing    the index holds no document of that name
    └── QuestionError      a question, its history or a question file is malformed

Every message is one sentence for a person and names the remedy.
"""

__all__ = [
    "AssistantError",
    "BuildError",
    "DocumentMissing",
    "IndexDamaged",
    "IndexMissing",
    "LoadError",
    "ModelError",
    "QuestionError",
    "ServerError",
    "SettingsError",
    "VectorStoreUnavailable",
]


class AssistantError(Exception):
    """Base of all errors of this package: catch this one to catch them all."""


class SettingsError(AssistantError):
    """A setting is unknown, malformed or out of range."""


class LoadError(AssistantError):
    """A document can't be read; the message says why, in words for its owner."""


class ModelError(AssistantError):
    """Model weights are missing, altered or unusable."""


class BuildError(AssistantError):
    """Nothing could be built, or another build is running."""


class IndexMissing(AssistantError):
    """There is no index yet in the folder that was named."""


class IndexDamaged(AssistantError):
    """A file of the index is missing, altered, or written by another version."""


class ServerError(AssistantError):
    """A language model's server is down, slow, or does not answer as it should; verbatim answers need none."""


class VectorStoreUnavailable(AssistantError):
    """The server that holds the vectors doesn't answer; once it does, the next call works again."""


class DocumentMissing(AssistantError):
    """The index holds no document of that name."""


class QuestionError(AssistantError):
    """A question, its history or a question file is malformed."""
