<?php

// Tells what an application may do where the unit of the package runs it.

require __DIR__ . '/rr-php/autoload.php';

function writes(string $folder): string
{
    return @file_put_contents("$folder/trial", 'x') === false ? 'no' : 'yes';
}

RR\HttpWorker::create()->run(function (RR\Http\Request $request): RR\Http\Response {
    $status = file_get_contents('/proc/self/status');
    preg_match_all('/^(NoNewPrivs|Seccomp|CapBnd):\s+(\w+)$/m', $status, $found);
    $facts = array_combine($found[1], $found[2]) + [
        'pid' => getmypid(),
        'user' => trim(shell_exec('id -un')),
        'greeting' => getenv('GREETING'),
        'home' => is_readable('/home') ? 'yes' : 'no',
        'writes /etc' => writes('/etc'),
        'writes /srv/shop' => writes('/srv/shop'),
        'writes /srv/shop/var' => writes('/srv/shop/var'),
        'writes /var/lib/rr/shop' => writes('/var/lib/rr/shop'),
        'writes /var/cache/rr/shop' => writes('/var/cache/rr/shop'),
        'writes /tmp' => writes('/tmp'),
    ];
    $lines = array_map(fn ($name, $value) => "$name: $value\n", array_keys($facts), $facts);

    return RR\Http\Response::text(implode('', $lines));
});
