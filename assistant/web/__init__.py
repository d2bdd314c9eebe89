"""What the web chat is made of, free of Gradio: words, views, the chat function, the page and its routes."""
