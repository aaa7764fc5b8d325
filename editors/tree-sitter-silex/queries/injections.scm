; What a model reads is Markdown, and so is what authors say of their declarations.
((prose_text) @injection.content
  (#set! injection.language "markdown_inline"))

([
  (doc_comment)
  (module_doc)
] @injection.content
  (#offset! @injection.content 0 3 0 0)
  (#set! injection.language "markdown_inline"))

((comment) @injection.content
  (#set! injection.language "comment"))

; From behind `/` to before `/`.
((regex) @injection.content
  (#offset! @injection.content 0 1 0 -1)
  (#set! injection.language "regex"))
