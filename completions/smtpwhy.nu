module completions {

  def "nu-complete smtpwhy format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy role" [] {
    [ "sender" "receiver" ]
  }

  # Paste an SMTP error: get the cause, the proof and the fix
  export extern smtpwhy [
    --draft-mail              # Draft the mail to the receiving side's postmaster
    --format: string@"nu-complete smtpwhy format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy color"
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    ...input: path            # A reply, log lines, a bounce, a queue listing, a library's error, a file of these, `-`, or a domain
  ]

  def "nu-complete smtpwhy check format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy check color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy check role" [] {
    [ "sender" "receiver" ]
  }

  # Every DNS check of a sending domain
  export extern "smtpwhy check" [
    --format: string@"nu-complete smtpwhy check format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy check color"
    --offline                 # No DNS at all
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy check role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    ...domain: string
  ]

  def "nu-complete smtpwhy spf format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy spf color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy spf role" [] {
    [ "sender" "receiver" ]
  }

  # The SPF record: syntax, tree, limits; with --ip also the result for that address
  export extern "smtpwhy spf" [
    --record: string          # Check this record, as if the domain published it
    --zone: path              # Take the names of this zone file from it, and ask DNS for the others only
    --format: string@"nu-complete smtpwhy spf format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy spf color"
    --offline                 # No DNS at all
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy spf role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    domain: string
  ]

  def "nu-complete smtpwhy propagation format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy propagation color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy propagation role" [] {
    [ "sender" "receiver" ]
  }

  # One RRset at the zone's own servers and at many public resolvers
  export extern "smtpwhy propagation" [
    --expect: string          # The value all should serve, in place of what the zone's own servers agree on; repeatable
    --format: string@"nu-complete smtpwhy propagation format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy propagation color"
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy propagation role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    name: string
    kind?: string             # The record type
  ]

  def "nu-complete smtpwhy logs format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy logs color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy logs role" [] {
    [ "sender" "receiver" ]
  }

  # Triage of whole mail logs and bounce folders
  export extern "smtpwhy logs" [
    --since: string           # From then on: `2026-11-23`, `2026-11-23T14:00`, or `2h`, `3d` before now
    --until: string           # Up to then
    --follow(-f)              # Go on with what is written, and print groups as they change
    --format: string@"nu-complete smtpwhy logs format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy logs color"
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy logs role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    ...file: path             # Logs (.gz, .zst, .xz, .bz2 too), bounces, folders of these; standard input where left out
  ]

  def "nu-complete smtpwhy explain format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy explain color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy explain role" [] {
    [ "sender" "receiver" ]
  }

  # All that is known of a reply code, enhanced status code, cause, finding, provider or mail server
  export extern "smtpwhy explain" [
    --list                    # List all ids
    --format: string@"nu-complete smtpwhy explain format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy explain color"
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy explain role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    ...id: string             # `451`, `4.7.24`, `greylisting`, `spf-lookup-limit`, `google` …
  ]

  def "nu-complete smtpwhy completions shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete smtpwhy completions format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy completions color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy completions role" [] {
    [ "sender" "receiver" ]
  }

  # Print a completion script
  export extern "smtpwhy completions" [
    --format: string@"nu-complete smtpwhy completions format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy completions color"
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy completions role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    shell: string@"nu-complete smtpwhy completions shell"
  ]

  def "nu-complete smtpwhy man format" [] {
    [ "text" "json" "ndjson" "html" ]
  }

  def "nu-complete smtpwhy man color" [] {
    [ "auto" "always" "never" ]
  }

  def "nu-complete smtpwhy man role" [] {
    [ "sender" "receiver" ]
  }

  # Print a man page
  export extern "smtpwhy man" [
    --format: string@"nu-complete smtpwhy man format"
    --json                    # The same as --format json
    --color: string@"nu-complete smtpwhy man color"
    --offline                 # No DNS at all
    --domain: string          # The sending domain to probe, where the text does not say
    --ip: string              # The address the receiver saw the mail come from
    --sender: string          # The envelope sender the receiver saw
    --helo: string            # The HELO or EHLO name the receiver saw
    --selector: string        # A DKIM selector to check
    --resolver: string        # Recursive resolver to ask in place of the system's
    --vantage: string         # Ask this one in place of the built-in public resolvers; repeatable
    --timeout: string         # For one DNS query, such as 2s or 500ms
    --max-queries: string     # The most DNS queries for one domain
    --role: string@"nu-complete smtpwhy man role" # Whose advice comes first
    --quiet(-q)               # One line a diagnosis
    --verbose(-v)             # Everything that is known
    --ascii                   # No characters beyond ASCII in text output, but those of the input
    --help(-h)                # Print help (see more with '--help')
    command?: string          # The command it is about; smtpwhy itself where left out
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "smtpwhy help" [
  ]

  # Every DNS check of a sending domain
  export extern "smtpwhy help check" [
  ]

  # The SPF record: syntax, tree, limits; with --ip also the result for that address
  export extern "smtpwhy help spf" [
  ]

  # One RRset at the zone's own servers and at many public resolvers
  export extern "smtpwhy help propagation" [
  ]

  # Triage of whole mail logs and bounce folders
  export extern "smtpwhy help logs" [
  ]

  # All that is known of a reply code, enhanced status code, cause, finding, provider or mail server
  export extern "smtpwhy help explain" [
  ]

  # Print a completion script
  export extern "smtpwhy help completions" [
  ]

  # Print a man page
  export extern "smtpwhy help man" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "smtpwhy help help" [
  ]

}

export use completions *
