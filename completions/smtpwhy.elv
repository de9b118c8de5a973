
set edit:completion:arg-completer[smtpwhy] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) SMTPWHY_COMPLETE="elvish" smtpwhy -- $@words) | to-lines
}

