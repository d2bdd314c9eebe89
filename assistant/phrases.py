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
    "superseded": {
        "en": "The newer version says {first}; it replaces {second}.",
        "ur": "نیا نسخہ کہتا ہے: {first}؛ اس نے {second} کی جگہ لی ہے۔",
        "zh": "较新的版本为{first}，取代{second}。",
    },
    "missing": {
        "en": "The documents do not say: {questions}",
        "ur": "دستاویزات میں یہ نہیں بتایا گیا: {questions}",
        "zh": "文件没有说明：{questions}",
    },
    "verbatim_instead": {
        "en": "The documents' own words stand here instead of the language model's: {reason}.",
        "ur": "یہاں زبان کے ماڈل کے بجائے دستاویزات کے اپنے الفاظ ہیں ({reason})۔",
        "zh": "此处是文件原文，而不是语言模型的回答（{reason}）。",
    },
    "own_words": {
        "en": "These are the assistant's own words, not from the documents.",
        "ur": "یہ معاون کے اپنے الفاظ ہیں، دستاویزات سے نہیں۔",
        "zh": "这是助手自己的话，不是来自文件。",
    },
    "talk_greeting": {
        "en": "Hello! Ask me something about the documents; each sentence of my answer shows its source.",
        "ur": "السلام علیکم! دستاویزات کے بارے میں کچھ پوچھیے؛ میرے جواب کا ہر جملہ اپنا ماخذ دکھاتا ہے۔",
        "zh": "您好！请就文件内容提问；回答中的每一句都会标明出处。",
    },
    "talk_thanks": {
        "en": "You're welcome. Ask on if there is more you would like to know.",
        "ur": "کوئی بات نہیں۔ کچھ اور جاننا ہو تو پوچھیے۔",
        "zh": "不客气。还想了解什么，请继续提问。",
    },
    "talk_farewell": {
        "en": "Goodbye!",
        "ur": "خدا حافظ!",
        "zh": "再见！",
    },
    "talk_abilities": {
        "en": "I answer questions from the documents, quote the very sentence and show where it stands. "
        "What the documents do not say, I say they do not say. Ask “Which documents do you have?” for a list.",
        "ur": "میں دستاویزات سے سوالوں کے جواب دیتا ہوں، اصل جملہ نقل کرتا ہوں اور دکھاتا ہوں کہ وہ کہاں ہے۔ "
        "جو دستاویزات میں نہیں، اس کے بارے میں یہی کہتا ہوں۔ فہرست کے لیے پوچھیے: "
        "«آپ کے پاس کون سی دستاویزات ہیں؟»",
        "zh": "我根据文件回答问题，引用原句并标明出处。文件没有说明的，我会如实告知。想看文件列表，"
        "请问：“你有哪些文件？”",
    },
    "talk_documents": {
        "en": "I search in {count} documents:",
        "ur": "میں {count} دستاویزات میں تلاش کرتا ہوں:",
        "zh": "我在 {count} 份文件中查找：",
    },
    "talk_more": {
        "en": "… and {count} more.",
        "ur": "… اور {count} مزید۔",
        "zh": "……以及另外 {count} 份。",
    },
}


def phrase(name: str, language: str, **values: str) -> str:
    """Return a phrase in a language, English where it does not speak that language."""
    versions = _PHRASES[name]
    return versions.get(language, versions["en"]).format(**values)
