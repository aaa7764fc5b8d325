;;; silex-mode.el --- Silex in Emacs -*- lexical-binding: t -*-

;; For Emacs 28 and later.  Put this file into your load path and `(require 'silex-mode)' into
;; `init.el'.  `silex' must be in the path, or `silex-program' names it.  Findings, hover, completion
;; and the rest come from `silex lsp' by Eglot, which is part of Emacs 29; for 28 install it from ELPA.

;;; Code:

(defgroup silex nil "Typed behaviour specifications for agents that work by email." :group 'languages)

(defcustom silex-program "silex" "The `silex' program." :type 'string)

(defconst silex--declares
  '("use" "allow" "const" "enum" "record" "entity" "tool" "model" "ruleset" "behaviour" "agent" "example"))

(defconst silex--words
  '("role" "goal" "fact" "follow" "observe" "tools" "limit" "layout" "steps" "stage" "final" "on" "when"
    "else" "match" "each" "in" "and" "or" "not" "is" "because" "check" "judge" "about" "topic" "overrides"
    "at" "least" "good" "bad" "key" "owned" "by" "for" "shown" "via" "search" "get" "save" "http" "mcp"
    "native" "ask" "reviewer" "hand_over" "reads" "writes" "sends" "to" "spends" "timeout" "retry" "from"
    "gate" "refuse" "at_most" "per" "provider" "temperature" "max_tokens" "fallback" "inbox" "contact"
    "guard" "route" "drop" "after" "run" "review" "hold" "pass" "assign" "otherwise" "due" "then" "deliver"
    "undo" "quiet" "relay" "webhook" "campaign" "where" "every" "once" "before" "send" "given" "calls"
    "returns" "fails" "replies" "expect" "rule" "prompt" "no" "contains" "checks" "trusting"))

(defconst silex--types
  '("trusted" "text" "int" "float" "bool" "email" "url" "date" "time" "datetime" "duration" "timezone"))

(defconst silex--font-lock
  `((,(rx symbol-start (or "must" "never" "should" "avoid" "may") (+ blank) (group (+ (any "a-z0-9_"))))
     (0 font-lock-builtin-face) (1 font-lock-variable-name-face t))
    (,(rx symbol-start (or "behaviour" "tool" "ruleset" "agent" "example" "model") (+ blank)
          (group (+ (any "a-z0-9_"))))
     1 font-lock-function-name-face)
    (,(regexp-opt silex--declares 'symbols) . font-lock-keyword-face)
    ;; A name behind a point, or before a colon, is a name.
    (,(concat "\\(?:^\\|[^._[:alnum:]]\\)" (regexp-opt silex--words t) "\\_>[^.:]") 1 font-lock-keyword-face)
    (,(concat "[:[][[:blank:]]*" (regexp-opt silex--types t) "\\_>") 1 font-lock-type-face)
    (,(rx symbol-start (or "none" "some" "empty" "true" "false") symbol-end) . font-lock-constant-face)
    (,(rx symbol-start (any "A-Z") (* (any "A-Za-z0-9_")) symbol-end) . font-lock-type-face)))

(defvar silex-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?_ "_" table)
    table)
  "Comments from `//' to the end of the line, and strings.")

(defun silex-indent-line ()
  "Indent by the brackets that are open, two columns for each."
  (interactive)
  (let* ((at-end (save-excursion (back-to-indentation) (looking-at-p "[]})]")))
         (depth (save-excursion (car (syntax-ppss (line-beginning-position)))))
         (column (* 2 (max 0 (if at-end (1- depth) depth)))))
    (if (<= (current-column) (current-indentation))
        (indent-line-to column)
      (save-excursion (indent-line-to column)))))

;;;###autoload
(define-derived-mode silex-mode prog-mode "Silex"
  "Write Silex."
  (setq-local comment-start "// ")
  (setq-local comment-start-skip "//+[!]?[[:blank:]]*")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'silex-indent-line)
  (setq-local electric-indent-chars (append "]})" electric-indent-chars))
  (setq-local font-lock-defaults '(silex--font-lock)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.silex\\'" . silex-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs `(silex-mode . ,(lambda (&rest _) (list silex-program "lsp")))))

(when (require 'eglot nil t)
  (add-hook 'silex-mode-hook #'eglot-ensure))

(provide 'silex-mode)
;;; silex-mode.el ends here
