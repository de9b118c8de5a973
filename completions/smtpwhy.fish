complete --keep-order --exclusive --command smtpwhy --arguments "(SMTPWHY_COMPLETE=fish smtpwhy -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
