
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'smtpwhy' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'smtpwhy'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'smtpwhy' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The sending domain to probe, where the text does not say')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('--draft-mail', '--draft-mail', [CompletionResultType]::ParameterName, 'Draft the mail to the receiving side''s postmaster')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Every DNS check of a sending domain')
            [CompletionResult]::new('spf', 'spf', [CompletionResultType]::ParameterValue, 'The SPF record: syntax, tree, limits; with --ip also the result for that address')
            [CompletionResult]::new('propagation', 'propagation', [CompletionResultType]::ParameterValue, 'One RRset at the zone''s own servers and at many public resolvers')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Triage of whole mail logs and bounce folders')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'All that is known of a reply code, enhanced status code, cause, finding, provider or mail server')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a man page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'smtpwhy;check' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'smtpwhy;spf' {
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Check this record, as if the domain published it')
            [CompletionResult]::new('--zone', '--zone', [CompletionResultType]::ParameterName, 'Take the names of this zone file from it, and ask DNS for the others only')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'smtpwhy;propagation' {
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'The value all should serve, in place of what the zone''s own servers agree on; repeatable')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The sending domain to probe, where the text does not say')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'smtpwhy;logs' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From then on: `2026-11-23`, `2026-11-23T14:00`, or `2h`, `3d` before now')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Up to then')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The sending domain to probe, where the text does not say')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on with what is written, and print groups as they change')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on with what is written, and print groups as they change')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'smtpwhy;explain' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The sending domain to probe, where the text does not say')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List all ids')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'smtpwhy;completions' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The sending domain to probe, where the text does not say')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'smtpwhy;man' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'color')
            [CompletionResult]::new('--domain', '--domain', [CompletionResultType]::ParameterName, 'The sending domain to probe, where the text does not say')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'The address the receiver saw the mail come from')
            [CompletionResult]::new('--sender', '--sender', [CompletionResultType]::ParameterName, 'The envelope sender the receiver saw')
            [CompletionResult]::new('--helo', '--helo', [CompletionResultType]::ParameterName, 'The HELO or EHLO name the receiver saw')
            [CompletionResult]::new('--selector', '--selector', [CompletionResultType]::ParameterName, 'A DKIM selector to check')
            [CompletionResult]::new('--resolver', '--resolver', [CompletionResultType]::ParameterName, 'Recursive resolver to ask in place of the system''s')
            [CompletionResult]::new('--vantage', '--vantage', [CompletionResultType]::ParameterName, 'Ask this one in place of the built-in public resolvers; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'For one DNS query, such as 2s or 500ms')
            [CompletionResult]::new('--max-queries', '--max-queries', [CompletionResultType]::ParameterName, 'The most DNS queries for one domain')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose advice comes first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'No DNS at all')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'One line a diagnosis')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Everything that is known')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'No characters beyond ASCII in text output, but those of the input')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'smtpwhy;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Every DNS check of a sending domain')
            [CompletionResult]::new('spf', 'spf', [CompletionResultType]::ParameterValue, 'The SPF record: syntax, tree, limits; with --ip also the result for that address')
            [CompletionResult]::new('propagation', 'propagation', [CompletionResultType]::ParameterValue, 'One RRset at the zone''s own servers and at many public resolvers')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Triage of whole mail logs and bounce folders')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'All that is known of a reply code, enhanced status code, cause, finding, provider or mail server')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a man page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'smtpwhy;help;check' {
            break
        }
        'smtpwhy;help;spf' {
            break
        }
        'smtpwhy;help;propagation' {
            break
        }
        'smtpwhy;help;logs' {
            break
        }
        'smtpwhy;help;explain' {
            break
        }
        'smtpwhy;help;completions' {
            break
        }
        'smtpwhy;help;man' {
            break
        }
        'smtpwhy;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
