# The loop of the text: accept, fork, close.
#   ruby fork.rb PORT
require 'socket'

top = TCPServer.new('127.0.0.1', Integer(ARGV[0]))
top.listen(511)
trap('CLD') do
  loop { break unless Process.wait(-1, Process::WNOHANG) }
rescue Errno::ECHILD
  # all are collected
end

loop do
  client = top.accept
  fork do
    top.close
    begin
      loop { client.write(client.readpartial(65_536)) }
    rescue EOFError
      client.close
    end
    exit!(true)
  end
  client.close
end
