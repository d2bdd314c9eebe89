"""The assistant's own words, in the languages it speaks; quotes stay in the language of their document."""

LANGUAGES = ("en", "ur", "zh")

_PHRASES: dict[str, dict[str, str]] = {
    "not_covered": {
        "en": "The documents do not answer this question.",
        "ur": "دستاویزات میں اس سوال کا جواب نہیں ہے۔",
        "zh": "文件没有回答这个问题。",
    },
    "said_missing": {
        "en": "A document says expressly that this is not stated; see “{title}”.",
        "ur": "ایک دستاویز صاف کہتی ہے کہ یہ بات بیان نہیں کی گئی؛ دیکھیے «{title}»۔",
        "zh": "有一份文件明确指出，没有资料说明这一点；见《{title}》。",
    },
    "nearest": {
        "en": "The nearest subjects in the documents: {subjects}.",
        "ur": "دستاویزات میں قریب ترین موضوعات: {subjects}۔",
        "zh": "文件中最接近的主题：{subjects}。",
    },
    "said_by": {
        "en": "“{value}” ({source})",
        "ur": "«{value}» ({source})",
        "zh": "“{value}”（{source}）",
    },
    "differ": {
        "en": "The documents differ: {first}; {second}.",
        "ur": "دستاویزات میں اختلاف ہے: {first}؛ {second}۔",
        "zh": "文件说法不一：{first}；{second}。",
    },
    "missing": {
        "en": "The documents do not say: {questions}",
        "ur": "دستاویزات میں یہ نہیں بتایا گیا: {questions}",
        "zh": "文件没有说明：{questions}",
    },
}


def phrase(name: str, language: str, **values: str) -> str:
    """Return a phrase in a language, English where it does not speak that language."""
    versions = _PHRASES[name]
    return versions.get(language, versions["en"]).format(**values)
