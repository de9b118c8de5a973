# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_smtpwhy_global_optspecs
    string join \n draft-mail format= json color= offline domain= ip= sender= helo= selector= resolver= vantage= timeout= max-queries= role= q/quiet v/verbose ascii h/help V/version
end

function __fish_smtpwhy_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_smtpwhy_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_smtpwhy_using_subcommand
    set -l cmd (__fish_smtpwhy_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l domain -d 'The sending domain to probe, where the text does not say' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l draft-mail -d 'Draft the mail to the receiving side\'s postmaster'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -s V -l version -d 'Print version'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "check" -d 'Every DNS check of a sending domain'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "spf" -d 'The SPF record: syntax, tree, limits; with --ip also the result for that address'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "propagation" -d 'One RRset at the zone\'s own servers and at many public resolvers'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "logs" -d 'Triage of whole mail logs and bounce folders'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "explain" -d 'All that is known of a reply code, enhanced status code, cause, finding, provider or mail server'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "completions" -d 'Print a completion script'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "man" -d 'Print a man page'
complete -c smtpwhy -n "__fish_smtpwhy_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l record -d 'Check this record, as if the domain published it' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l zone -d 'Take the names of this zone file from it, and ask DNS for the others only' -r -F
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand spf" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l expect -d 'The value all should serve, in place of what the zone\'s own servers agree on; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l domain -d 'The sending domain to probe, where the text does not say' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand propagation" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l since -d 'From then on: `2026-11-23`, `2026-11-23T14:00`, or `2h`, `3d` before now' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l until -d 'Up to then' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l domain -d 'The sending domain to probe, where the text does not say' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -s f -l follow -d 'Go on with what is written, and print groups as they change'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l domain -d 'The sending domain to probe, where the text does not say' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l list -d 'List all ids'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l domain -d 'The sending domain to probe, where the text does not say' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l format -r -f -a "text\t''
json\t''
ndjson\t''
html\t'One page for a ticket'"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l color -r -f -a "auto\t''
always\t''
never\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l domain -d 'The sending domain to probe, where the text does not say' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l ip -d 'The address the receiver saw the mail come from' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l sender -d 'The envelope sender the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l helo -d 'The HELO or EHLO name the receiver saw' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l selector -d 'A DKIM selector to check' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l resolver -d 'Recursive resolver to ask in place of the system\'s' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l vantage -d 'Ask this one in place of the built-in public resolvers; repeatable' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l timeout -d 'For one DNS query, such as 2s or 500ms' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l max-queries -d 'The most DNS queries for one domain' -r
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l role -d 'Whose advice comes first' -r -f -a "sender\t''
receiver\t''"
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l json -d 'The same as --format json'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l offline -d 'No DNS at all'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -s q -l quiet -d 'One line a diagnosis'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -s v -l verbose -d 'Everything that is known'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -l ascii -d 'No characters beyond ASCII in text output, but those of the input'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "check" -d 'Every DNS check of a sending domain'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "spf" -d 'The SPF record: syntax, tree, limits; with --ip also the result for that address'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "propagation" -d 'One RRset at the zone\'s own servers and at many public resolvers'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "logs" -d 'Triage of whole mail logs and bounce folders'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "explain" -d 'All that is known of a reply code, enhanced status code, cause, finding, provider or mail server'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "completions" -d 'Print a completion script'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "man" -d 'Print a man page'
complete -c smtpwhy -n "__fish_smtpwhy_using_subcommand help; and not __fish_seen_subcommand_from check spf propagation logs explain completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
