<?php

declare(strict_types=1);

namespace RR\Exception;

/**
 * A value cannot be encoded for the server, or what the server sent cannot be decoded. The connection is fine.
 */
final class CodecException extends \RuntimeException
{
}
