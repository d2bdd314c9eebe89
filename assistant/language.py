"""Which language a text is in: ISO 639-1 codes, ``und`` where nothing tells."""

import re
from functools import cache
from typing import Any

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_URDU = re.compile(r"[ٹڈڑںھہےۓۃکیگچپژ۔]")
_LETTER = re.compile(r"[^\W\d_]")
_CHINESE = {"zh", "wuu", "yue", "zhs", "zht"}
_SURE = 0.95
_LONG = 200


@cache
def _identifier() -> Any:  # noqa: ANN401 - the library is untyped
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect_language(text: str, default: str = "und") -> str:
    """Return the language of a document or a question.

    The script decides where it can (Chinese, Urdu); otherwise py3langid, whose guess on a short text is
    taken only when it is nearly certain, else ``default``.
    """
    sample = text[:5000]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return default
    if len(_KANA_HANGUL.findall(sample)) > 0.1 * letters:
        return str(_identifier().classify(sample)[0])
    if len(_HAN.findall(sample)) > 0.3 * letters:
        return "zh"
    arabic = len(_ARABIC.findall(sample))
    if arabic > 0.4 * letters:
        if len(_URDU.findall(sample)) > 0.04 * arabic:
            code = str(_identifier().classify(sample)[0])
            return code if code in ("fa", "ps", "ug") and letters > _LONG else "ur"
        return str(_identifier().classify(sample)[0])
    code, probability = _identifier().classify(sample)
    if code in _CHINESE:
        return "zh" if _HAN.search(sample) else default
    return str(code) if letters > _LONG or probability >= _SURE else default
