<?php
// A client of goridge 2, written from its wire: `php legacy_rpc.php ADDRESS METHOD FLAGS ARGUMENT ..`
// prints each answer as its kind and its text.

const NONE = 2, RAW = 4, ERROR = 8, CONTROL = 16;

function package(int $flags, string $payload): string
{
    return pack('CPJ', $flags, strlen($payload), strlen($payload)) . $payload;
}

function read($stream, int $length): string
{
    $bytes = '';
    while (strlen($bytes) < $length) {
        $more = fread($stream, $length - strlen($bytes));
        if ($more === false || $more === '') {
            throw new RuntimeException('the server closed the connection');
        }
        $bytes .= $more;
    }
    return $bytes;
}

function receive($stream): array
{
    ['flags' => $flags, 'size' => $size, 'mirror' => $mirror] = unpack('Cflags/Psize/Jmirror', read($stream, 17));
    if ($size !== $mirror) {
        throw new RuntimeException('invalid prefix (checksum)');
    }
    return [$flags, read($stream, $size)];
}

$stream = stream_socket_client($argv[1], $code, $message, 5) ?: throw new RuntimeException($message);
foreach (array_chunk(array_slice($argv, 2), 3) as $sequence => [$method, $flags, $argument]) {
    $header = $method . pack('P', $sequence);
    fwrite($stream, package(CONTROL | RAW, $header) . package((int) $flags, $argument));
    [$flags, $echoed] = receive($stream);
    if ($flags !== (CONTROL | RAW) || $echoed !== $header) {
        throw new RuntimeException('rpc method call, sequence mismatch');
    }
    [$flags, $body] = receive($stream);
    $kind = match (true) {
        ($flags & ERROR) !== 0 => 'error',
        ($flags & RAW) !== 0 => 'raw',
        default => 'json',
    };
    echo "$kind $body\n";
}
